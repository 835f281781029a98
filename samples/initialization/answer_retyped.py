# mark: 30
# shows: An answer cell was turned into text.
# retype: random markdown
