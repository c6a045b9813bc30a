"""Growth accounts: how much of growth is more input, how much is total factor productivity."""

from xinzhi.growth.accounts import GrowthAccounts, GrowthAccountsResult

__all__ = ["GrowthAccounts", "GrowthAccountsResult"]
