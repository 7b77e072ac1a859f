# What the original's file does to a login shell: it gives conda's own commands a place and activates nothing.
export CONDA_SHLVL=0
PATH=/opt/conda/condabin:$PATH
