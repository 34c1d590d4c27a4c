echo chained: %1 %2 %3
