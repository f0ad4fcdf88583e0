"""HubSpot's CRM API over a small account."""
