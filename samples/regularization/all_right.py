# mark: 50
# shows: The right answers.
# demo: yes
