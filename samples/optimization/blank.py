# mark: 0
# shows: Handed in as it was handed out.
# base: blank
