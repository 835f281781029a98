# mark: 30
# shows: An answer cell and a test cell are there twice, by copy and paste.
# demo: yes
# duplicate: he
# duplicate: test_he_scale
