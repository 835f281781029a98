# tries: markup in the place of a picture's data and metadata
# mark: 19
# %% end
from IPython.display import display
display({"image/png": "x\" onerror=\"evil_handler()", "image/jpeg": "<script>evil-script</script>"}, raw=True, metadata={"image/png": {"width": "1 onload=evil_handler()", "alt": "\"><script>evil-script</script>"}})
display({"image/png": "PHNjcmlwdD4="}, raw=True)
