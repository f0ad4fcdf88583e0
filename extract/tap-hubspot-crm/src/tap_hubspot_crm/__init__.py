"""tap-hubspot-crm: a Singer tap for HubSpot's CRM."""
