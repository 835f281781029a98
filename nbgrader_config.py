"""nbgrader's settings for this course; plain `nbgrader` commands and the formgrader's buttons read them, too."""

import os

from grading.sanitize import configure

c = get_config()  # noqa: F821  (traitlets defines it)

c.CourseDirectory.course_id = "training_deep_networks"
# Such as postgresql+psycopg2://...; from the environment, because a command line is for all to read.
if "COURSE_DATABASE" in os.environ:
    c.CourseDirectory.db_url = os.environ["COURSE_DATABASE"]
c.GenerateAssignment.post_convert_hook = "grading.notebooks.after_generate_assignment"
configure(c)  # two kernels, a sandbox, repairs, feedback without hidden tests
if "COURSE_EXCHANGE" in os.environ:
    c.Exchange.root = os.environ["COURSE_EXCHANGE"]
    c.Exchange.cache = os.path.join(os.environ["COURSE_EXCHANGE"], ".cache")
