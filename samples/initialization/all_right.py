# mark: 30
# shows: The right answers.
# demo: yes
