# ruff: noqa: E501 - links
"""Where what we say about relays is written: the public pages our sentences cite."""

from __future__ import annotations

LEARN = "https://learn.microsoft.com"
PREVIOUS = f"{LEARN}/previous-versions"
IIS_RELAY = f"{LEARN}/exchange/mail-flow-best-practices/how-to-configure-iis-for-relay-with-office-365"
DEVICES = (
    f"{LEARN}/exchange/mail-flow-best-practices/"
    "how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365"
)
REMOVED_FEATURES = f"{LEARN}/windows-server/get-started/removed-deprecated-features-windows-server"
DOMAIN_OVERRIDES_LIST = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc787910(v=ws.10)"
METABASE_AND_SMTP = f"{PREVIOUS}/b8aafeb4-8883-482b-8cf8-77b3975336b3"
MAX_MESSAGE_SIZE = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc781828(v=ws.10)"
RELAY_FOR_AUTH = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc778501(v=ws.10)"
SMART_HOST = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc779371(v=ws.10)"
SMART_HOST_TYPE = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc739348(v=ws.10)"
ROUTE_ACTION = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc757175(v=ws.10)"
OUTBOUND_OPTIONS = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc780293(v=ws.10)"
LOG_FORMATS = f"{PREVIOUS}/windows/it-pro/windows-server-2003/cc780772(v=ws.10)"
EMPTY_RELAY_LIST = "https://docs.saltproject.io/en/latest/ref/modules/all/salt.modules.win_smtp_server.html"
SERVICE_START = "https://github.com/microsoft/IIS.Common/issues/13"
POSTFIX = "https://www.postfix.org/postconf.5.html"
POSTFIX_RELAY = "https://www.postfix.org/SMTPD_ACCESS_README.html"
POSTFIX_TLS = "https://www.postfix.org/TLS_README.html"
NDR = f"{LEARN}/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online"
NDR_571 = f"{LEARN}/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/fix-error-code-550-5-7-1-in-exchange-online"
NDR_4475 = f"{LEARN}/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/fix-error-code-451-4-7-500-699-asxxx-in-exchange-online"
NDR_5764 = f"{LEARN}/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/fix-error-code-5-7-64-in-exchange-online"
NDR_57700 = f"{LEARN}/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/fix-error-code-5-7-700-through-5-7-750"
DELIST = f"{LEARN}/defender-office-365/external-senders-use-the-delist-portal-to-unblock-yourself"
DELIST_PORTAL = "https://sender.office.com/"
OUTLOOK_POSTMASTER = "https://sendersupport.olc.protection.outlook.com/pm/"
REJECT_DIRECT_SEND = f"{LEARN}/powershell/module/exchangepowershell/set-organizationconfig"
NEW_INBOUND_CONNECTOR = f"{LEARN}/powershell/module/exchangepowershell/new-inboundconnector"
BASIC_AUTH_END = (
    f"{LEARN}/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online"
)
SPF = "https://www.rfc-editor.org/rfc/rfc7208"
SMTP = "https://www.rfc-editor.org/rfc/rfc5321"
OPEN_RELAY_FORMS = "https://nmap.org/nsedoc/scripts/smtp-open-relay.html"
