"""Papers that the service issues: forms 01 to 07 of Thông tư 03/2025/TT-VPCP and the draft of a cadastral extract, as PDF."""
