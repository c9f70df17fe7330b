"""Addresses of alerts: which schemes there are, and how an address is shown without what is secret in it.

What an address stands for is looked up, and spoken to, in `channels`.
"""

from __future__ import annotations

import re

from bunsui.model.alert import Target
from bunsui.model.notify import CONSOLE
from bunsui.model.secret import Secret

# What apprise speaks, and http(s): webhooks of services that it knows by their address, or plain ones.
_ALL = """
http https
46elks amqp amqps apprise apprises aprs atalk azure bark barks betterstack blink1 bluesky brevo bsky bulksms
bulkvs burstsms chanify clickatell clicksend cliq cm d7sms dapnet dbus deltachat deltachats dingtalk discord dot
eight00com elks emby embys enigma2 enigma2s evolution evolutions exotel fcm feishu firehydrant flock flowtriq
flowtriqs fluxer fluxers form forms freemobile gchat gio github glib gnome goalert goalerts gorush gorushs
gotify gotifys groundmail groupme growl guilded gupshup hassio hassios httpsms humhub humhubs ifttt ilert
incidentio infobip irc ircs jellyfin jellyfins jira join json jsons kakao kakaotalk kaleyra kavenegar kde klr
kodi kodis kook kudosity kumulos lametric lametrics lark lauther lfg line macosx mailersend mailgun mailto
mailtos mastodon mastodons matrix matrixs misskey misskeys mmost mmosts mobilemessage mobilemsg mqtt mqtts msg91
msgbird ncloud nclouds nctalk nctalks nexmo nostr notica noticas notifiarr notifico notificos notifyre ntfy
ntfys o365 octopush onebot onebots onesignal opsgenie pagerduty pagertree parsep parseps pbul pinglet pinglets
pingram pjet pjets plivo postmark pover prowl psafer psafers push pushdeer pushdeers pushed pushme pushplus
pushward pushy qq qt reddit resend revolt ringc rocket rockets rsyslog ryver schan sendgrid sendpulse serwersms
ses session sessions seven sfr signal signalgrid signals signl4 simplepush sinch slack smpp smpps smsc smseagle
smseagles smsmanager smsmgr smstunnel smtp2go sns sogs sparkpost spike splunk spugpush spush squadcast
stackfield strmlabs synology synologys syslog telesign telnyx tgram threema toot toots trigv trigvs tweet twilio
twist twitter vapid viber victorops voipms vonage webex wechat wecom wecombot whapi whatsapp windows workflow
workflows wpush wxpusher wxteams x xbmc xbmcs xmatters xml xmls xmpp xmpps youlmk zalo zcliq zohocliq zoom zulip
"""
SCHEMES = frozenset(_ALL.split())
_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_MAIL = re.compile(r"mailtos?:(?!//)([^?]*)", re.IGNORECASE)
_HOST = re.compile(r"(?:[^/?#]*@)?([^/?#@]*)")
# Those whose host is no secret, and those that need none: they speak to this machine.
_OPEN = frozenset(("http", "https", "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"))
_PASSWORD = re.compile(r"//[^/?#]*:[^/?#]*@|[?&](?:pass|password|token|key|apikey)=", re.IGNORECASE)
_HOOK = re.compile(r"//(?:hooks\.slack\.com|discord(?:app)?\.com|[\w.]*webhook\.office\.com)/", re.IGNORECASE)
_LOCAL = frozenset(("dbus", "gnome", "glib", "kde", "qt", "macosx", "windows", "growl", "syslog", "blink1"))


def scheme(address: str) -> str:
    """In small letters; empty if there is none."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def is_topic(address: str) -> bool:
    """Whether it is the ARN of a topic of SNS."""
    return _TOPIC.fullmatch(address) is not None


def shown(target: Target) -> str:
    """The reference of a secret address; of any other its scheme, and its host where that is no secret."""
    address = target.address
    if isinstance(address, Secret):
        return address.ref
    if address == CONSOLE or is_topic(address):
        return address
    if mail := _MAIL.match(address):
        return f"{scheme(address)}:{mail[1]}"
    kind, rest = scheme(address), address.partition("://")[2]
    host = _HOST.match(rest)
    if kind not in _OPEN or not host:
        return f"{kind}://..." if kind else "..."
    return f"{kind}://{host[1]}" + ("/..." if len(rest) > host.end() else "")


def is_secret(address: str) -> bool:
    """Whether whoever reads the address could send, or more: most services' addresses are made of their tokens."""
    if _PASSWORD.search(address) or _HOOK.search(address):
        return True
    return scheme(address) not in _OPEN | _LOCAL and "://" in address
