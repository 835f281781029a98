# tries: markup and escape sequences in printed text
# mark: 19
# %% end
print("\x1b[31m<script>evil-script</script>\x1b[0m \x1b]8;;javascript:evil_link()\x07x\x1b]8;;\x07 \x1b[38;2;1;2;3\"onmouseover=evil_handler()m")
