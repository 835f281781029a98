# mark: 0
# shows: Nothing was answered.
# demo: yes
# base: blank
