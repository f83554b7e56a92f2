"""Approvals 审批: definitions as data, the pure route, what is signed, and the moves of signers."""
