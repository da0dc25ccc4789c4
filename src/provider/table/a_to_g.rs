//! The providers whose names begin before `H`.

use super::entry::{Entry, domains, mx_hosts, mx_hosts_named, provider};
use crate::provider::ProviderKind::{Consumer, Forwarder, Gateway, Hosted, Isp};
use crate::provider::Source::{
    CiscoGuide, EmailProviderInfo, EmailProviderLinks, Freemail, GmailHelp, Ispdb, KumoMta, Mxsniff,
    Observed, ProviderDb, ProviderHelp, Sisimai, YahooSenderHub,
};

#[rustfmt::skip]
pub(super) static ENTRIES: &[Entry] = &[
    provider("@nifty", Isp).rules(&[domains(&[EmailProviderLinks], &["nifty.com"])]),
    provider("ABV.bg", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["abv.bg"]),
        mx_hosts(&[EmailProviderLinks], &["abv.bg"]),
    ]),
    provider("AOL", Consumer).family("Yahoo").complaint_reports(true, YahooSenderHub).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["aol.com"]),
        domains(&[EmailProviderLinks], &["aim.com", "love.com", "wow.com", "ygm.com"]),
        mx_hosts(&[Mxsniff], &["mx.aol.com"]),
        domains(&[Freemail, Ispdb], &["verizon.net"]).note("its mailboxes have moved to AOL"),
        domains(&[Freemail, Ispdb], &["aol.co.uk", "aol.fr"]),
        domains(&[Ispdb], &[
            "aol.co.nz", "aol.com.ar", "aol.com.au", "aol.com.br", "aol.com.mx", "aol.de", "aol.es",
            "aol.it", "aol.se", "compuserve.com", "cs.com", "netscape.com", "netscape.net",
            "wmconnect.com",
        ]),
        mx_hosts_named("mx-aol", &[Observed], &["mail.gm0.yahoodns.net"])
            .note("other hosts below this name take mail for Yahoo"),
    ]),
    provider("AT&T", Isp).rules(&[
        domains(&[EmailProviderLinks], &[
            "ameritech.net", "att.net", "flash.net", "pacbell.net", "sbcglobal.net", "snet.net",
        ]),
        mx_hosts(&[Mxsniff], &["prodigy.net"]),
        domains(&[Ispdb], &[
            "bellsouth.net", "currently.com", "nvbell.net", "prodigy.net", "swbell.net", "wans.net",
        ]),
    ]),
    provider("Alibaba Mail", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["alibaba.com", "aliyun.com", "taobao.com", "tmall.com"]),
        mx_hosts(&[EmailProviderLinks], &["qiye.aliyun.com"]),
        mx_hosts(&[ProviderHelp], &["mxhichina.com"]),
        mx_hosts(&[Observed], &["mail.aliyun.com"]),
    ]),
    provider("Amazon SES", Hosted).rules(&[
        mx_hosts_named("inbound-smtp", &[Mxsniff], &["amazonaws.com"])
            .note("other hosts below this name are servers of Amazon's customers"),
    ]),
    provider("AppRiver", Gateway).rules(&[mx_hosts(&[Mxsniff], &["arsmtp.com"])]),
    provider("Apple Private Relay", Forwarder).family("Apple").rules(&[
        domains(&[EmailProviderLinks], &["privaterelay.appleid.com"]),
    ]),
    provider("BIGLOBE", Isp).rules(&[
        domains(&[EmailProviderLinks], &["biglobe.ne.jp"]),
        mx_hosts(&[EmailProviderLinks], &["biglobe.ne.jp"]),
    ]),
    provider("BSNL", Isp).rules(&[domains(&[EmailProviderLinks], &["bsnl.in"])]),
    provider("BT", Isp).rules(&[
        domains(&[EmailProviderLinks], &["bt.com", "btinternet.com"]),
        domains(&[Freemail, Ispdb], &["talk21.com"]),
        domains(&[Ispdb], &["btopenworld.com"]),
    ]),
    provider("Barracuda", Gateway).rules(&[mx_hosts(&[KumoMta], &["barracudanetworks.com"])]),
    provider("Bell Canada", Isp).rules(&[domains(&[EmailProviderLinks], &["bell.net", "sympatico.ca"])]),
    provider("Bouygues Telecom", Isp).rules(&[domains(&[EmailProviderLinks], &["bbox.fr"])]),
    provider("Centrum", Consumer).rules(&[domains(&[EmailProviderLinks], &["centrum.cz", "centrum.sk"])]),
    provider("CenturyLink", Isp).rules(&[
        domains(&[EmailProviderLinks], &["centurylink.net", "q.com"]),
        domains(&[Ispdb], &["embarqmail.com"]),
    ]),
    provider("Cisco", Gateway).rules(&[
        mx_hosts(&[CiscoGuide], &["etd.cisco.com"]),
        mx_hosts(&[Observed], &["iphmx.com"]),
    ]),
    provider("Cloudflare Email Routing", Forwarder).rules(&[
        mx_hosts(&[EmailProviderLinks], &["mx.cloudflare.net"]),
    ]),
    provider("Comcast", Isp).rules(&[domains(&[EmailProviderLinks, KumoMta], &["comcast.net"])]),
    provider("Cox", Isp).family("Yahoo").rules(&[
        domains(&[EmailProviderLinks], &["cox.net"]).note("its mailboxes have moved to Yahoo"),
        mx_hosts(&[Sisimai], &["cox.net"]).note("its mailboxes have moved to Yahoo"),
    ]),
    provider("Cyren", Gateway).rules(&[mx_hosts(&[Mxsniff], &["ctmail.com", "expurgate.net"])]),
    provider("Daum", Consumer).rules(&[domains(&[EmailProviderLinks], &["daum.net", "hanmail.net"])]),
    provider("Disroot", Consumer).rules(&[domains(&[EmailProviderLinks], &["disroot.org"])]),
    provider("DreamHost", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mail.dreamhost.com"])]),
    provider("DuckDuckGo", Forwarder).rules(&[domains(&[EmailProviderLinks], &["duck.com"])]),
    provider("EarthLink", Isp).rules(&[
        domains(&[EmailProviderLinks], &["earthlink.net"]),
        mx_hosts(&[EmailProviderLinks], &["earthlink-vadesecure.net"]),
        domains(&[Ispdb], &["ix.netcom.com", "mindspring.com"]),
    ]),
    provider("Fastmail", Hosted).rules(&[
        domains(&[EmailProviderInfo], &[
            "123mail.org", "150mail.com", "150ml.com", "16mail.com", "2-mail.com", "4email.net",
            "50mail.com", "airpost.net", "allmail.net", "bestmail.us", "cluemail.com", "elitemail.org",
            "emailcorner.net", "emailengine.net", "emailengine.org", "emailgroups.net", "emailplus.org",
            "emailuser.net", "eml.cc", "f-m.fm", "fast-email.com", "fast-mail.org", "fastem.com",
            "fastemail.us", "fastemailer.com", "fastest.cc", "fastimap.com", "fastmail.cn", "fastmail.co.uk",
            "fastmail.com.au", "fastmail.de", "fastmail.es", "fastmail.fr", "fastmail.im", "fastmail.in",
            "fastmail.jp", "fastmail.mx", "fastmail.net", "fastmail.nl", "fastmail.org", "fastmail.se",
            "fastmail.to", "fastmail.tw", "fastmail.uk", "fastmail.us", "fastmailbox.net",
            "fastmessaging.com", "fea.st", "fmail.co.uk", "fmailbox.com", "fmgirl.com", "fmguy.com",
            "ftml.net", "h-mail.us", "hailmail.net", "imap-mail.com", "imap.cc", "imapmail.org",
            "inoutbox.com", "internet-e-mail.com", "internet-mail.org", "internetemails.net",
            "internetmailing.net", "jetemail.net", "justemail.net", "letterboxes.org", "mail-central.com",
            "mail-page.com", "mailandftp.com", "mailas.com", "mailbolt.com", "mailc.net", "mailcan.com",
            "mailforce.net", "mailftp.com", "mailhaven.com", "mailingaddress.org", "mailite.com",
            "mailmight.com", "mailnew.com", "mailsent.net", "mailservice.ms", "mailup.net", "mailworks.org",
            "ml1.net", "mm.st", "myfastmail.com", "mymacmail.com", "nospammail.net", "ownmail.net",
            "petml.com", "postinbox.com", "postpro.net", "proinbox.com", "promessage.com", "realemail.net",
            "reallyfast.biz", "reallyfast.info", "rushpost.com", "sent.as", "sent.at", "sent.com",
            "speedpost.net", "speedymail.org", "ssl-mail.com", "swift-mail.com", "the-fastest.net",
            "the-quickest.com", "theinternetemail.com", "veryfast.biz", "veryspeedy.net", "warpmail.net",
            "xsmail.com", "yepmail.net", "your-mail.com",
        ]),
        domains(&[EmailProviderInfo, EmailProviderLinks], &["fastmail.com", "fastmail.fm"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["messagingengine.com"]),
    ]),
    provider("Forcepoint", Gateway).rules(&[mx_hosts(&[Mxsniff], &["mailcontrol.com"])]),
    provider("Free", Isp).rules(&[domains(&[EmailProviderLinks], &["free.fr"])]),
    provider("Freemail.hu", Consumer).rules(&[domains(&[EmailProviderLinks], &["freemail.hu"])]),
    provider("Frontier", Isp).rules(&[domains(&[EmailProviderLinks], &["frontier.com"])]),
    provider("GMX", Consumer).family("United Internet").rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["gmx.com"]),
        domains(&[EmailProviderInfo, Mxsniff], &["gmx.us"]),
        domains(&[EmailProviderLinks], &["gmx.at", "gmx.ch", "gmx.de", "gmx.net", "gmx.org"]),
        mx_hosts(&[KumoMta, Mxsniff], &["gmx.net"]),
        mx_hosts(&[Mxsniff], &["gmx.com"]),
        domains(&[Freemail, Ispdb], &["gmx.co.uk", "gmx.fr", "gmx.li"]),
        domains(&[Ispdb], &[
            "email.gmx", "gmx.ca", "gmx.cn", "gmx.co.in", "gmx.com.br", "gmx.com.my", "gmx.com.tr",
            "gmx.es", "gmx.hk", "gmx.ie", "gmx.it", "gmx.ph", "gmx.pt", "gmx.ru", "gmx.se", "gmx.sg",
            "gmx.tm", "gmx.tw", "mail.gmx", "mein.gmx",
        ]),
        domains(&[Ispdb, ProviderDb], &["gmx.biz", "gmx.eu", "gmx.info"]),
    ]),
    provider("Gandi", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mail.gandi.net"])]),
    provider("Globo", Consumer).rules(&[domains(&[EmailProviderLinks], &["globo.com"])]),
    provider("GoDaddy", Hosted).rules(&[
        mx_hosts(&[EmailProviderLinks, Mxsniff, Sisimai], &[
            "mailstore1.secureserver.net", "smtp.secureserver.net",
        ]),
    ]),
    provider("Google", Consumer).family("Google").complaint_reports(false, GmailHelp).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["gmail.com", "googlemail.com"]),
        mx_hosts(&[Mxsniff, Sisimai], &["gmail-smtp-in.l.google.com"]),
    ]),
    provider("Google Workspace", Hosted).family("Google").rules(&[
        mx_hosts(&[EmailProviderLinks, KumoMta, Mxsniff], &["googlemail.com"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff, Sisimai], &["aspmx.l.google.com"]),
        mx_hosts(&[KumoMta], &["google.com"]),
        mx_hosts(&[Mxsniff], &["gmr-smtp-in.l.google.com", "psmtp.com"]),
        mx_hosts(&[ProviderHelp], &["smtp.goog"]),
    ]),
];
