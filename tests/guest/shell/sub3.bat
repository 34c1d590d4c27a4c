@echo on
@rem the state of ECHO ends with the file
