echo sub4 %1 %2
