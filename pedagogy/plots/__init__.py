"""Pictures: plot_x(figure) draws what stands still and returns the function that moves the rest.

They draw arrays and compute nothing. A module here and one of the same name in explore serve one
notebook; the list is there. style.py: colours and what all pictures share.
"""
