"""Who there is and what they may: units with departments and groups, people, grants, leaders."""
