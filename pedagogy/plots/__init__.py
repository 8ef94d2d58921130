"""Pictures: plot_x(figure) draws what stands still and returns the function that moves the rest.

They draw arrays and compute nothing. words: notebook 01; scores: 02; divergence: 03.
"""
