"""Where a number comes from: given, baseline, live or past; many exchanges at once; what is missing.

Nothing here falls back from one source to another: a source that fails is an error or is named as missing. The
modules are imported one by one, so that an offline answer does not pay for the online ones.
"""
