# tries: many displays, comms and clears, with contents of odd types
# mark: 19
# %% end
from IPython.display import display, clear_output
from ipykernel.comm import Comm
for n in range(300):
    display({"text/plain": n, "image/png": n, "text/html": [n], 5: 5}, raw=True)
    clear_output(wait=n % 2 == 0)
Comm(target_name="jupyter.widget", data={"state": {"_model_name": 5}}, buffers=[b"x" * 1000])
