# mark: 30
# shows: Right answers, saved without having been run.
# demo: yes
# run: no
