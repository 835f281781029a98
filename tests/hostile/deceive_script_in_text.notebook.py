# tries: scripts, handlers, frames, forms, remote pictures and styles in text cells
# mark: 19
def attack(notebook, folder):
    from nbformat.v4 import new_markdown_cell
    texts = [
        "<script>alert('evil-script')</script>", "<img src=x onerror=\"evil_handler()\">", "<iframe src='https://evil.example/frame'></iframe>",
        "[click](javascript:evil_link())", "<a href=\"java\tscript:evil_link()\">x</a>", "<form action='https://evil.example/form'><input></form>",
        "<svg onload=evil_handler()><script>evil-script</script></svg>", "![x](https://evil.example/pixel.png)", "<style>body{display:none}evil-style</style>",
        "<meta http-equiv=refresh content='0;url=https://evil.example/refresh'>", "<object data='https://evil.example/object'></object>",
        "<math><mtext><img src onerror=evil_handler()></mtext></math>", "<div style=\"position:fixed;evil-style:1\">100 points</div>",
        "<a href='data:text/html,<script>evil-script</script>'>x</a>", "<p class='verdict full'>4 of 4 points</p>", "<base href='https://evil.example/base'>",
        "$\\href{javascript:evil_link()}{x}$", "$$\\style{evil-style}{x}\\class{verdict}{x}\\require{evil}$$", "<!--><script>evil-script</script>-->",
        "[x]: javascript:evil_link()\n\n[x][x]", "<https://ok.example> <javascript:evil_link()>", "```html\n<script>evil-script-shown-as-text</script>\n```",
    ]
    notebook.cells += [new_markdown_cell(text) for text in texts]
