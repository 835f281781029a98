# tries: to raise its own limits
# mark: 19
# nowhere: RAISED
# %% end
import resource
for name in ("RLIMIT_DATA", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_AS"):
    try:
        resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); print("RAI" + "SED", name)
    except (ValueError, OSError): pass
