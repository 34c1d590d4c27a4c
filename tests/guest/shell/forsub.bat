for %%b in (x y) do echo %1 %%b
