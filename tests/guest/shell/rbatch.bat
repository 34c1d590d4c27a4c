@echo batch output 1
@echo batch output 2
