"""The register of public institutions 公共机构: entered, amended, ended; found again by code or by folded name."""
