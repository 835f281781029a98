# tries: HTML, JavaScript, SVG and Markdown displayed by a cell
# mark: 19
# %% end
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
display(HTML("<script>evil-script</script><img src=x onerror=evil_handler()>"))
display(Javascript("evil_script()"), Markdown("[x](javascript:evil_link())"), Latex(r"$\href{javascript:evil_link()}{x}$"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='evil_handler()'><script>evil-script</script></svg>"))
display({"text/html": "<script>evil-script</script>", "application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>evil-script"}}, raw=True)
