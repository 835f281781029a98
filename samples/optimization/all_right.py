# mark: 100
# shows: The right answers.
# demo: yes
