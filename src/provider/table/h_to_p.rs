//! The providers whose names begin from `H` to `P`.

use super::entry::{Entry, domains, mx_hosts, provider};
use crate::provider::ProviderKind::{Consumer, Forwarder, Gateway, Hosted, Isp};
use crate::provider::Source::{
    EmailProviderInfo, EmailProviderLinks, Freemail, Ispdb, KumoMta, Mxsniff, Observed, OutlookPostmaster,
    ProviderDb, ProviderHelp, Sisimai, Validator,
};

#[rustfmt::skip]
pub(super) static ENTRIES: &[Entry] = &[
    provider("HEY", Consumer).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["hey.com"]),
        mx_hosts(&[ProviderHelp], &["app.hey.com"]),
    ]),
    provider("Hostinger", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["hostinger.com"])]),
    provider("Hushmail", Consumer).rules(&[domains(&[EmailProviderLinks], &["hushmail.com"])]),
    provider("I.UA", Consumer).rules(&[mx_hosts(&[Sisimai], &["email.ua"])]),
    provider("IONOS", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["1and1.com", "ionos.com", "ionos.de"]),
        mx_hosts(&[EmailProviderLinks], &["ionos.com", "kundenserver.de"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["1and1.com"]),
        mx_hosts(&[Mxsniff], &["1and1.co.uk", "1and1.fr"]),
    ]),
    provider("Interia", Consumer).rules(&[domains(&[EmailProviderLinks], &["interia.pl"])]),
    provider("Intermedia", Hosted).rules(&[mx_hosts(&[Mxsniff], &["intermedia.net"])]),
    provider("Juno", Isp).rules(&[domains(&[EmailProviderLinks], &["juno.com"])]),
    provider("KDDI", Isp).rules(&[mx_hosts(&[Sisimai], &["ezweb.ne.jp", "msmx.au.com"])]),
    provider("KPN", Isp).rules(&[
        domains(&[EmailProviderLinks], &["hetnet.nl", "kpnmail.nl"]),
        mx_hosts(&[KumoMta], &["kpnmail.nl"]),
        domains(&[Ispdb], &[
            "freeler.nl", "kpnplanet.nl", "on.nl", "onsbrabantnet.nl", "onsmail.nl", "onsnet.nu",
            "onsneteindhoven.nl", "onsnetnuenen.nl", "planet.nl", "snelnet.net", "telfort.nl", "tip.nl",
            "tiscali.nl", "tiscalimail.nl", "wxs.nl", "xs4all.nl",
        ]),
    ]),
    provider("Kolab Now", Hosted).rules(&[domains(&[EmailProviderLinks], &["kolabnow.com"])]),
    provider("La Poste", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["laposte.net"]),
        mx_hosts(&[EmailProviderLinks, Sisimai], &["laposte.net"]),
    ]),
    provider("Libero", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["libero.it"]),
        domains(&[Freemail, Ispdb], &["inwind.it", "iol.it"]),
        domains(&[Ispdb], &["blu.it", "giallo.it"]),
    ]),
    provider("Linode", Hosted).rules(&[
        mx_hosts(&[Observed], &["members.linode.com"])
            .note("the names that Linode gives its customers' servers"),
    ]),
    provider("MX Logic", Gateway).rules(&[mx_hosts(&[Mxsniff], &["mxlogic.net"]).note("retired")]),
    provider("MXroute", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mxroute.com"])]),
    provider("Mail.bg", Consumer).rules(&[domains(&[EmailProviderLinks], &["mail.bg"])]),
    provider("Mail.ru", Consumer).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["bk.ru", "inbox.ru", "list.ru", "mail.ru"]),
        domains(&[ProviderDb], &["internet.ru"]),
        mx_hosts(&[ProviderHelp], &["mail.ru"])
            .note("public mailboxes and hosted domains share these hosts"),
    ]),
    provider("Mailfence", Consumer).rules(&[domains(&[EmailProviderLinks], &["mailfence.com"])]),
    provider("Mailgun", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["mailgun.org"])]),
    provider("Mandrill", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["mandrillapp.com"])]),
    provider("Microsoft 365", Hosted).family("Microsoft").rules(&[
        mx_hosts(&[EmailProviderLinks, KumoMta], &["mail.protection.outlook.com"]),
        mx_hosts(&[EmailProviderLinks, Sisimai], &["protection.outlook.com"]),
        mx_hosts(&[KumoMta], &["mx.microsoft"]),
        mx_hosts(&[ProviderHelp], &["mail.protection.office365.us"])
            .note("the cloud of the government of the United States"),
        mx_hosts(&[ProviderHelp], &["mail.protection.partner.outlook.cn"])
            .note("the cloud in China"),
    ]),
    provider("Migadu", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["migadu.com"]),
        mx_hosts(&[Mxsniff], &["migadu.com"]),
    ]),
    provider("Mimecast", Gateway).rules(&[
        mx_hosts(&[KumoMta], &["mimecast-offshore.com", "mimecast.co.za"]),
        mx_hosts(&[KumoMta, Mxsniff, Sisimai], &["mimecast.com"]),
    ]),
    provider("Movistar", Isp).rules(&[domains(&[EmailProviderLinks], &["movistar.es"])]),
    provider("NTT docomo", Isp).rules(&[mx_hosts(&[Sisimai], &["mfsmax.docomo.ne.jp"])]),
    provider("Namecheap", Hosted).rules(&[
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["privateemail.com"]),
        mx_hosts(&[Mxsniff], &["registrar-servers.com", "web-hosting.com"]),
    ]),
    provider("Nate", Consumer).rules(&[domains(&[EmailProviderLinks], &["nate.com"])]),
    provider("Naver", Consumer).rules(&[domains(&[EmailProviderLinks], &["naver.com"])]),
    provider("Neo", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["neo.space"])]),
    provider("NetEase", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["126.com", "163.com", "188.com", "yeah.net"]),
        mx_hosts(&[KumoMta], &["netease.com"]),
    ]),
    provider("NetZero", Isp).rules(&[domains(&[EmailProviderLinks], &["netzero.com", "netzero.net"])]),
    provider("Netvigator", Isp).rules(&[mx_hosts(&[KumoMta], &["netvigator.com"])]),
    provider("Network Solutions", Hosted).rules(&[mx_hosts(&[Mxsniff], &["netsolmail.net"])]),
    provider("OCN", Isp).rules(&[domains(&[EmailProviderLinks], &["ocn.ne.jp"])]),
    provider("OVHcloud", Hosted).rules(&[
        mx_hosts(&[ProviderHelp], &[
            "mail.ovh.net", "mx1.ovh.net", "mx2.ovh.net", "mx3.ovh.net", "redirect.ovh.net",
        ]).note("other hosts below ovh.net are servers of OVHcloud's customers"),
    ]),
    provider("Oi", Isp).rules(&[domains(&[EmailProviderLinks], &["oi.com.br"])]),
    provider("Onet", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["onet.pl", "op.pl", "poczta.onet.pl"]),
        domains(&[Ispdb], &[
            "adres.pl", "amorki.pl", "autograf.pl", "buziaczek.pl", "cyberia.pl", "onet.com.pl", "onet.eu",
            "opoczta.pl", "poczta.onet.eu", "pseudonim.pl", "republika.pl", "spoko.pl", "vip.onet.pl",
            "vp.pl",
        ]),
    ]),
    provider("OpenSRS", Hosted).rules(&[mx_hosts(&[Mxsniff], &["hostedemail.com"])]),
    provider("Optimum", Isp).rules(&[domains(&[EmailProviderLinks], &["optimum.net", "optonline.net"])]),
    provider("Optus", Isp).rules(&[domains(&[EmailProviderLinks], &["optusnet.com.au"])]),
    provider("Orange", Isp).rules(&[
        domains(&[EmailProviderLinks], &["orange.fr", "wanadoo.fr"]),
        mx_hosts(&[EmailProviderLinks, KumoMta, Sisimai], &["orange.fr"]),
        mx_hosts(&[Sisimai], &["wanadoo.fr"]),
    ]),
    provider("Outlook", Consumer).family("Microsoft").complaint_reports(true, OutlookPostmaster).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["hotmail.com", "outlook.com"]),
        domains(&[EmailProviderLinks], &[
            "hotmail.ca", "hotmail.co.jp", "hotmail.co.uk", "hotmail.com.au", "hotmail.de", "hotmail.es",
            "hotmail.fr", "hotmail.it", "hotmail.nl", "hotmail.se", "live.ca", "live.co.uk", "live.com.au",
            "live.fr", "live.it", "live.jp", "live.nl", "msn.cn", "outlook.cn", "outlook.jp", "outlook.sa",
        ]),
        domains(&[EmailProviderLinks, Mxsniff], &["live.com", "msn.com"]),
        domains(&[Mxsniff], &["live.in"]),
        mx_hosts(&[KumoMta], &["olc.protection.outlook.com"]),
        mx_hosts(&[Mxsniff], &["hotmail.com"]),
        domains(&[Freemail], &["hotmail.ch"]),
        domains(&[Freemail, Ispdb], &[
            "hotmail.com.hk", "hotmail.com.tw", "hotmail.no", "live.at", "live.cl", "live.cn",
            "live.co.za", "live.com.my", "live.com.pt", "live.com.sg", "live.dk", "live.ie", "live.no",
            "live.ru", "live.se", "outlook.co.id", "windowslive.com",
        ]),
        domains(&[Freemail, Ispdb, ProviderDb, Validator], &["outlook.com.tr", "outlook.de"]),
        domains(&[Freemail, Ispdb, Validator], &[
            "hotmail.be", "hotmail.co.il", "hotmail.co.th", "hotmail.com.br", "live.be", "live.com.ar",
            "live.com.mx", "live.de", "outlook.at", "outlook.be", "outlook.cl", "outlook.co.il",
            "outlook.co.th", "outlook.com.au", "outlook.com.br", "outlook.com.gr", "outlook.com.vn",
            "outlook.cz", "outlook.dk", "outlook.es", "outlook.fr", "outlook.hu", "outlook.ie",
            "outlook.in", "outlook.it", "outlook.kr", "outlook.lv", "outlook.my", "outlook.ph",
            "outlook.pt", "outlook.sg", "outlook.sk",
        ]),
        domains(&[Freemail, Validator], &["hotmail.co.nz", "outlook.co.nz", "outlook.com.pe"]),
        domains(&[Ispdb], &[
            "hotmail.co.id", "hotmail.co.in", "hotmail.co.kr", "hotmail.co.za", "hotmail.fi", "hotmail.gr",
            "hotmail.lt", "hotmail.rs", "live.co.jp", "live.co.kr", "live.com.ph", "live.fi", "live.hk",
            "livemail.tw",
        ]),
        domains(&[Ispdb, Validator], &[
            "hotmail.cl", "hotmail.com.ar", "hotmail.com.tr", "hotmail.com.vn", "hotmail.cz", "hotmail.dk",
            "hotmail.hu", "hotmail.lv", "hotmail.my", "hotmail.ph", "hotmail.sg", "hotmail.sk",
            "outlook.com.ar",
        ]),
        domains(&[Validator], &[
            "hotmail.at", "hotmail.com.gr", "hotmail.com.mx", "hotmail.com.pe", "hotmail.id", "hotmail.ie",
            "hotmail.in", "hotmail.jp", "hotmail.kr", "hotmail.pt", "hotmail.sa", "live.es", "live.eu",
            "outlook.id", "passport.com",
        ]),
    ]),
    provider("Plusnet", Isp).rules(&[domains(&[EmailProviderLinks], &["plus.com", "plusnet.com"])]),
    provider("Pobox", Hosted).rules(&[mx_hosts(&[Mxsniff], &["pobox.com"])]),
    provider("Posteo", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["posteo.de", "posteo.net"]),
        domains(&[Ispdb], &[
            "posteo.at", "posteo.be", "posteo.ca", "posteo.ch", "posteo.cl", "posteo.co", "posteo.co.uk",
            "posteo.com", "posteo.com.br", "posteo.cr", "posteo.cz", "posteo.dk", "posteo.ee", "posteo.es",
            "posteo.eu", "posteo.fi", "posteo.gl", "posteo.gr", "posteo.hn", "posteo.hr", "posteo.hu",
            "posteo.ie", "posteo.in", "posteo.is", "posteo.it", "posteo.jp", "posteo.la", "posteo.li",
            "posteo.lt", "posteo.lu", "posteo.me", "posteo.mx", "posteo.my", "posteo.nl", "posteo.no",
            "posteo.nz", "posteo.org", "posteo.pe", "posteo.pl", "posteo.pm", "posteo.pt", "posteo.ro",
            "posteo.se", "posteo.sg", "posteo.si", "posteo.tn", "posteo.uk", "posteo.us",
        ]),
    ]),
    provider("Postmark", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["inbound.postmarkapp.com"])]),
    provider("Proofpoint", Gateway).rules(&[
        mx_hosts(&[Mxsniff], &["pphosted.com"]),
        mx_hosts(&[ProviderHelp], &["ppe-hosted.com"]),
    ]),
    provider("Proton Mail", Consumer).family("Proton").rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["pm.me", "proton.me"]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["protonmail.ch", "protonmail.com"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["protonmail.ch"]),
    ]),
    provider("Proximus", Isp).rules(&[
        domains(&[EmailProviderLinks], &["proximus.be", "skynet.be"]),
        domains(&[Ispdb], &["belgacom.net", "kidcity.be"]),
    ]),
];
