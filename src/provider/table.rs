//! The built-in table: who takes mail for which domains and on which hosts.
//!
//! One entry a provider, in the order of the names' octets. In an entry, one line a way of matching and a set of
//! sources, both as in [`Match`] and [`Source`]; in a line, the values in the order of their octets.

use std::borrow::Cow;

use super::ProviderKind::{self, Consumer, Forwarder, Gateway, Hosted, Isp};
use super::Source::{
    self, AppleSupport, CiscoGuide, EmailProviderInfo, EmailProviderLinks, GmailHelp, KumoMta, Mxsniff,
    Observed, OutlookPostmaster, Sisimai, YahooSenderHub,
};
use super::{ComplaintReports, Match, Provider};

/// A provider with all that leads to it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) provider: Provider,
    pub(super) lines: &'static [Line],
}

/// Values that match alike and are known from the same sources.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) matches: Match,
    pub(super) sources: &'static [Source],
    pub(super) values: &'static [&'static str],
    pub(super) note: Option<&'static str>,
}

const fn listed(name: &'static str, kind: ProviderKind, lines: &'static [Line]) -> Listed {
    Listed { provider: Provider { name: Cow::Borrowed(name), kind, family: None, complaints: None }, lines }
}

const fn in_family(
    name: &'static str,
    kind: ProviderKind,
    family: &'static str,
    lines: &'static [Line],
) -> Listed {
    let family = Some(Cow::Borrowed(family));
    Listed { provider: Provider { name: Cow::Borrowed(name), kind, family, complaints: None }, lines }
}

const fn reporting(
    name: &'static str,
    kind: ProviderKind,
    family: &'static str,
    source: Source,
    lines: &'static [Line],
) -> Listed {
    let complaints = Some(ComplaintReports { sent: true, source: Some(source) });
    let family = Some(Cow::Borrowed(family));
    Listed { provider: Provider { name: Cow::Borrowed(name), kind, family, complaints }, lines }
}

const fn not_reporting(
    name: &'static str,
    kind: ProviderKind,
    family: &'static str,
    source: Source,
    lines: &'static [Line],
) -> Listed {
    let complaints = Some(ComplaintReports { sent: false, source: Some(source) });
    let family = Some(Cow::Borrowed(family));
    Listed { provider: Provider { name: Cow::Borrowed(name), kind, family, complaints }, lines }
}

const fn domains(sources: &'static [Source], values: &'static [&'static str]) -> Line {
    Line { matches: Match::Domain, sources, values, note: None }
}

const fn domains_and_below(sources: &'static [Source], values: &'static [&'static str]) -> Line {
    Line { matches: Match::DomainAndBelow, sources, values, note: None }
}

const fn mx(sources: &'static [Source], values: &'static [&'static str]) -> Line {
    Line { matches: Match::Mx, sources, values, note: None }
}

const fn mx_named(label: &'static str, sources: &'static [Source], values: &'static [&'static str]) -> Line {
    Line { matches: Match::MxNamed(label), sources, values, note: None }
}

impl Line {
    const fn note(self, note: &'static str) -> Self {
        Self { note: Some(note), ..self }
    }
}

#[rustfmt::skip]
pub(super) static TABLE: &[Listed] = &[
    listed("@nifty", Isp, &[domains(&[EmailProviderLinks], &["nifty.com"])]),
    listed("ABV.bg", Consumer, &[
        domains(&[EmailProviderLinks], &["abv.bg"]),
        mx(&[EmailProviderLinks], &["abv.bg"]),
    ]),
    reporting("AOL", Consumer, "Yahoo", YahooSenderHub, &[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["aol.com"]),
        domains(&[EmailProviderLinks], &["aim.com", "love.com", "wow.com", "ygm.com"]),
        mx(&[Mxsniff], &["mx.aol.com"]),
        mx(&[Observed], &["mail.gm0.yahoodns.net"]).note("AOL's share of Yahoo's hosts"),
    ]),
    listed("AT&T", Isp, &[
        domains(&[EmailProviderLinks], &[
            "ameritech.net", "att.net", "flash.net", "pacbell.net", "sbcglobal.net", "snet.net",
        ]),
        mx(&[Mxsniff], &["prodigy.net"]),
    ]),
    listed("Alibaba Mail", Hosted, &[
        domains(&[EmailProviderLinks], &["alibaba.com", "aliyun.com", "taobao.com", "tmall.com"]),
        mx(&[EmailProviderLinks], &["qiye.aliyun.com"]),
    ]),
    listed("Amazon SES", Hosted, &[
        mx_named("inbound-smtp", &[Mxsniff], &["amazonaws.com"])
            .note("other hosts below this name are servers of Amazon's customers"),
    ]),
    listed("AppRiver", Gateway, &[mx(&[Mxsniff], &["arsmtp.com"])]),
    in_family("Apple Private Relay", Forwarder, "Apple", &[
        domains(&[EmailProviderLinks], &["privaterelay.appleid.com"]),
    ]),
    listed("BIGLOBE", Isp, &[
        domains(&[EmailProviderLinks], &["biglobe.ne.jp"]),
        mx(&[EmailProviderLinks], &["biglobe.ne.jp"]),
    ]),
    listed("BSNL", Isp, &[domains(&[EmailProviderLinks], &["bsnl.in"])]),
    listed("BT", Isp, &[domains(&[EmailProviderLinks], &["bt.com", "btinternet.com"])]),
    listed("Barracuda", Gateway, &[mx(&[KumoMta], &["barracudanetworks.com"])]),
    listed("Bell Canada", Isp, &[domains(&[EmailProviderLinks], &["bell.net", "sympatico.ca"])]),
    listed("Bouygues Telecom", Isp, &[domains(&[EmailProviderLinks], &["bbox.fr"])]),
    listed("Centrum", Consumer, &[domains(&[EmailProviderLinks], &["centrum.cz", "centrum.sk"])]),
    listed("CenturyLink", Isp, &[domains(&[EmailProviderLinks], &["centurylink.net", "q.com"])]),
    listed("Cisco", Gateway, &[mx(&[CiscoGuide], &["etd.cisco.com"]), mx(&[Observed], &["iphmx.com"])]),
    listed("Cloudflare Email Routing", Forwarder, &[mx(&[EmailProviderLinks], &["mx.cloudflare.net"])]),
    listed("Comcast", Isp, &[domains(&[EmailProviderLinks, KumoMta], &["comcast.net"])]),
    in_family("Cox", Isp, "Yahoo", &[
        domains(&[EmailProviderLinks], &["cox.net"]).note("its mailboxes have moved to Yahoo"),
        mx(&[Sisimai], &["cox.net"]).note("its mailboxes have moved to Yahoo"),
    ]),
    listed("Cyren", Gateway, &[mx(&[Mxsniff], &["ctmail.com", "expurgate.net"])]),
    listed("Daum", Consumer, &[domains(&[EmailProviderLinks], &["daum.net", "hanmail.net"])]),
    listed("Disroot", Consumer, &[domains(&[EmailProviderLinks], &["disroot.org"])]),
    listed("DreamHost", Hosted, &[mx(&[Mxsniff], &["mail.dreamhost.com"])]),
    listed("DuckDuckGo", Forwarder, &[domains(&[EmailProviderLinks], &["duck.com"])]),
    listed("EarthLink", Isp, &[
        domains(&[EmailProviderLinks], &["earthlink.net"]),
        mx(&[EmailProviderLinks], &["earthlink-vadesecure.net"]),
    ]),
    listed("Fastmail", Hosted, &[
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
        mx(&[EmailProviderLinks, Mxsniff], &["messagingengine.com"]),
    ]),
    listed("Forcepoint", Gateway, &[mx(&[Mxsniff], &["mailcontrol.com"])]),
    listed("Free", Isp, &[domains(&[EmailProviderLinks], &["free.fr"])]),
    listed("Freemail.hu", Consumer, &[domains(&[EmailProviderLinks], &["freemail.hu"])]),
    listed("Frontier", Isp, &[domains(&[EmailProviderLinks], &["frontier.com"])]),
    in_family("GMX", Consumer, "United Internet", &[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["gmx.com"]),
        domains(&[EmailProviderInfo, Mxsniff], &["gmx.us"]),
        domains(&[EmailProviderLinks], &["gmx.at", "gmx.ch", "gmx.de", "gmx.net", "gmx.org"]),
        mx(&[KumoMta, Mxsniff], &["gmx.net"]),
        mx(&[Mxsniff], &["gmx.com"]),
    ]),
    listed("Gandi", Hosted, &[mx(&[Mxsniff], &["mail.gandi.net"])]),
    listed("Globo", Consumer, &[domains(&[EmailProviderLinks], &["globo.com"])]),
    listed("GoDaddy", Hosted, &[
        mx(&[EmailProviderLinks, Mxsniff, Sisimai], &[
            "mailstore1.secureserver.net", "smtp.secureserver.net",
        ]),
    ]),
    not_reporting("Google", Consumer, "Google", GmailHelp, &[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["gmail.com", "googlemail.com"]),
        mx(&[Mxsniff, Sisimai], &["gmail-smtp-in.l.google.com"]),
    ]),
    in_family("Google Workspace", Hosted, "Google", &[
        mx(&[EmailProviderLinks, KumoMta, Mxsniff], &["googlemail.com"]),
        mx(&[EmailProviderLinks, Mxsniff, Sisimai], &["aspmx.l.google.com"]),
        mx(&[KumoMta], &["google.com"]),
        mx(&[Mxsniff], &["gmr-smtp-in.l.google.com", "psmtp.com"]),
    ]),
    listed("HEY", Consumer, &[domains(&[EmailProviderInfo, EmailProviderLinks], &["hey.com"])]),
    listed("Hostinger", Hosted, &[mx(&[EmailProviderLinks], &["hostinger.com"])]),
    listed("Hushmail", Consumer, &[domains(&[EmailProviderLinks], &["hushmail.com"])]),
    listed("I.UA", Consumer, &[mx(&[Sisimai], &["email.ua"])]),
    listed("IONOS", Hosted, &[
        domains(&[EmailProviderLinks], &["1and1.com", "ionos.com", "ionos.de"]),
        mx(&[EmailProviderLinks], &["ionos.com", "kundenserver.de"]),
        mx(&[EmailProviderLinks, Mxsniff], &["1and1.com"]),
        mx(&[Mxsniff], &["1and1.co.uk", "1and1.fr"]),
    ]),
    listed("Interia", Consumer, &[domains(&[EmailProviderLinks], &["interia.pl"])]),
    listed("Intermedia", Hosted, &[mx(&[Mxsniff], &["intermedia.net"])]),
    listed("Juno", Isp, &[domains(&[EmailProviderLinks], &["juno.com"])]),
    listed("KDDI", Isp, &[mx(&[Sisimai], &["ezweb.ne.jp", "msmx.au.com"])]),
    listed("KPN", Isp, &[
        domains(&[EmailProviderLinks], &["hetnet.nl", "kpnmail.nl"]),
        mx(&[KumoMta], &["kpnmail.nl"]),
    ]),
    listed("Kolab Now", Hosted, &[domains(&[EmailProviderLinks], &["kolabnow.com"])]),
    listed("La Poste", Consumer, &[
        domains(&[EmailProviderLinks], &["laposte.net"]),
        mx(&[EmailProviderLinks, Sisimai], &["laposte.net"]),
    ]),
    listed("Libero", Consumer, &[domains(&[EmailProviderLinks], &["libero.it"])]),
    listed("Linode", Hosted, &[
        mx(&[Observed], &["members.linode.com"]).note("the names that Linode gives its customers' servers"),
    ]),
    listed("MX Logic", Gateway, &[mx(&[Mxsniff], &["mxlogic.net"]).note("retired")]),
    listed("MXroute", Hosted, &[mx(&[Mxsniff], &["mxroute.com"])]),
    listed("Mail.bg", Consumer, &[domains(&[EmailProviderLinks], &["mail.bg"])]),
    listed("Mail.ru", Consumer, &[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["bk.ru", "inbox.ru", "list.ru", "mail.ru"]),
    ]),
    listed("Mailfence", Consumer, &[domains(&[EmailProviderLinks], &["mailfence.com"])]),
    listed("Mailgun", Forwarder, &[mx(&[Mxsniff], &["mailgun.org"])]),
    listed("Mandrill", Forwarder, &[mx(&[Mxsniff], &["mandrillapp.com"])]),
    in_family("Microsoft 365", Hosted, "Microsoft", &[
        mx(&[EmailProviderLinks, KumoMta], &["mail.protection.outlook.com"]),
        mx(&[EmailProviderLinks, Sisimai], &["protection.outlook.com"]),
        mx(&[KumoMta], &["mx.microsoft"]),
    ]),
    listed("Migadu", Hosted, &[
        domains(&[EmailProviderLinks], &["migadu.com"]),
        mx(&[Mxsniff], &["migadu.com"]),
    ]),
    listed("Mimecast", Gateway, &[
        mx(&[KumoMta], &["mimecast-offshore.com", "mimecast.co.za"]),
        mx(&[KumoMta, Mxsniff, Sisimai], &["mimecast.com"]),
    ]),
    listed("Movistar", Isp, &[domains(&[EmailProviderLinks], &["movistar.es"])]),
    listed("NTT docomo", Isp, &[mx(&[Sisimai], &["mfsmax.docomo.ne.jp"])]),
    listed("Namecheap", Hosted, &[
        mx(&[EmailProviderLinks, Mxsniff], &["privateemail.com"]),
        mx(&[Mxsniff], &["registrar-servers.com", "web-hosting.com"]),
    ]),
    listed("Nate", Consumer, &[domains(&[EmailProviderLinks], &["nate.com"])]),
    listed("Naver", Consumer, &[domains(&[EmailProviderLinks], &["naver.com"])]),
    listed("Neo", Hosted, &[mx(&[EmailProviderLinks], &["neo.space"])]),
    listed("NetEase", Consumer, &[
        domains(&[EmailProviderLinks], &["126.com", "163.com", "188.com", "yeah.net"]),
        mx(&[KumoMta], &["netease.com"]),
    ]),
    listed("NetZero", Isp, &[domains(&[EmailProviderLinks], &["netzero.com", "netzero.net"])]),
    listed("Netvigator", Isp, &[mx(&[KumoMta], &["netvigator.com"])]),
    listed("Network Solutions", Hosted, &[mx(&[Mxsniff], &["netsolmail.net"])]),
    listed("OCN", Isp, &[domains(&[EmailProviderLinks], &["ocn.ne.jp"])]),
    listed("OVHcloud", Hosted, &[mx(&[Mxsniff], &["ovh.net"])]),
    listed("Oi", Isp, &[domains(&[EmailProviderLinks], &["oi.com.br"])]),
    listed("Onet", Consumer, &[domains(&[EmailProviderLinks], &["onet.pl", "op.pl", "poczta.onet.pl"])]),
    listed("OpenSRS", Hosted, &[mx(&[Mxsniff], &["hostedemail.com"])]),
    listed("Optimum", Isp, &[domains(&[EmailProviderLinks], &["optimum.net", "optonline.net"])]),
    listed("Optus", Isp, &[domains(&[EmailProviderLinks], &["optusnet.com.au"])]),
    listed("Orange", Isp, &[
        domains(&[EmailProviderLinks], &["orange.fr", "wanadoo.fr"]),
        mx(&[EmailProviderLinks, KumoMta, Sisimai], &["orange.fr"]),
        mx(&[Sisimai], &["wanadoo.fr"]),
    ]),
    reporting("Outlook", Consumer, "Microsoft", OutlookPostmaster, &[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["hotmail.com", "outlook.com"]),
        domains(&[EmailProviderLinks], &[
            "hotmail.ca", "hotmail.co.jp", "hotmail.co.uk", "hotmail.com.au", "hotmail.de", "hotmail.es",
            "hotmail.fr", "hotmail.it", "hotmail.nl", "hotmail.se", "live.ca", "live.co.uk", "live.com.au",
            "live.fr", "live.it", "live.jp", "live.nl", "msn.cn", "outlook.cn", "outlook.jp", "outlook.sa",
        ]),
        domains(&[EmailProviderLinks, Mxsniff], &["live.com", "msn.com"]),
        domains(&[Mxsniff], &["live.in"]),
        mx(&[KumoMta], &["olc.protection.outlook.com"]),
        mx(&[Mxsniff], &["hotmail.com"]),
    ]),
    listed("Plusnet", Isp, &[domains(&[EmailProviderLinks], &["plus.com", "plusnet.com"])]),
    listed("Pobox", Hosted, &[mx(&[Mxsniff], &["pobox.com"])]),
    listed("Posteo", Consumer, &[domains(&[EmailProviderLinks], &["posteo.de", "posteo.net"])]),
    listed("Postmark", Forwarder, &[mx(&[Mxsniff], &["inbound.postmarkapp.com"])]),
    listed("Proofpoint", Gateway, &[mx(&[Mxsniff], &["pphosted.com"])]),
    in_family("Proton Mail", Consumer, "Proton", &[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["pm.me", "proton.me"]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["protonmail.ch", "protonmail.com"]),
        mx(&[EmailProviderLinks, Mxsniff], &["protonmail.ch"]),
    ]),
    listed("Proximus", Isp, &[domains(&[EmailProviderLinks], &["proximus.be", "skynet.be"])]),
    listed("QQ Mail", Consumer, &[
        domains(&[EmailProviderLinks], &["foxmail.com", "qq.com"]),
        mx(&[KumoMta, Mxsniff, Sisimai], &["qq.com"]),
    ]),
    listed("Rackspace", Hosted, &[mx(&[EmailProviderLinks, Mxsniff], &["emailsrvr.com"])]),
    listed("Rambler", Consumer, &[
        domains(&[EmailProviderLinks], &["autorambler.ru", "lenta.ru", "rambler.ru"]),
    ]),
    listed("Rediffmail", Consumer, &[
        domains(&[EmailProviderLinks], &["rediff.com", "rediffmail.com"]),
        mx(&[Mxsniff], &["rediffmail.rediff.akadns.net"]),
    ]),
    listed("Rogers", Isp, &[domains(&[EmailProviderLinks], &["rogers.com"])]),
    listed("Runbox", Hosted, &[
        domains(&[EmailProviderLinks], &["runbox.com"]),
        mx(&[Mxsniff], &["mx.runbox.com"]),
    ]),
    listed("SFR", Isp, &[domains(&[EmailProviderLinks], &["sfr.fr"])]),
    listed("SendGrid", Forwarder, &[mx(&[Mxsniff], &["mx.sendgrid.net"])]),
    listed("Seznam", Consumer, &[domains(&[EmailProviderLinks], &["email.cz", "post.cz", "seznam.cz"])]),
    listed("Shaw", Isp, &[domains(&[EmailProviderLinks], &["shaw.ca"])]),
    in_family("SimpleLogin", Forwarder, "Proton", &[
        domains(&[EmailProviderLinks], &[
            "8alias.com", "8shield.net", "aleeas.com", "dralias.com", "silomails.com", "simplelogin.com",
            "simplelogin.fr", "simplelogin.io", "slmail.me", "slmails.com",
        ]),
    ]),
    listed("Simply.com", Hosted, &[mx(&[EmailProviderLinks], &["spamfilter.io"])]),
    listed("Sina", Consumer, &[domains(&[EmailProviderLinks], &["sina.cn", "sina.com", "sina.com.cn"])]),
    listed("SiteGround", Hosted, &[mx(&[EmailProviderLinks, Mxsniff], &["mailspamprotection.com"])]),
    listed("Sky", Isp, &[domains(&[EmailProviderLinks], &["sky.com"])]),
    listed("SpamExperts", Gateway, &[
        mx(&[Mxsniff], &["spamexperts.com", "spamexperts.eu", "spamexperts.net"]),
    ]),
    listed("Spark", Isp, &[domains(&[EmailProviderLinks], &["xtra.co.nz"])]),
    listed("Spectrum", Isp, &[
        domains(&[EmailProviderLinks], &["charter.net", "spectrum.net", "twc.com"]),
        domains_and_below(&[EmailProviderLinks, Observed], &["rr.com"])
            .note("Road Runner gave each region a domain below this one"),
        mx(&[EmailProviderLinks, Sisimai], &["charter.net"]),
    ]),
    listed("StartMail", Consumer, &[domains(&[EmailProviderLinks], &["startmail.com"])]),
    listed("Swisscom", Isp, &[domains(&[EmailProviderLinks], &["bluewin.ch"])]),
    listed("Symantec", Gateway, &[mx(&[Mxsniff], &["inboundmx.com", "messagelabs.com"])]),
    listed("TELUS", Isp, &[domains(&[EmailProviderLinks], &["telus.net"])]),
    listed("TalkTalk", Isp, &[domains(&[EmailProviderLinks], &["talktalk.net"])]),
    listed("Telekom", Isp, &[domains(&[EmailProviderLinks], &["magenta.de", "t-online.de", "telekom.de"])]),
    listed("Telenet", Isp, &[domains(&[EmailProviderLinks], &["telenet.be"])]),
    listed("Telkom", Isp, &[domains(&[EmailProviderLinks], &["telkom.co.za"])]),
    listed("Telstra", Isp, &[domains(&[EmailProviderLinks], &["bigpond.com", "bigpond.net.au"])]),
    listed("Terra", Consumer, &[domains(&[EmailProviderLinks], &["terra.com.br"])]),
    listed("Tiscali", Isp, &[domains(&[EmailProviderLinks], &["tiscali.it"])]),
    listed("Titan", Hosted, &[mx(&[EmailProviderLinks], &["titan.email"])]),
    listed("Trellix", Gateway, &[mx(&[Mxsniff], &["email.fireeyecloud.com"])]),
    listed("Tuta", Consumer, &[
        domains(&[EmailProviderInfo, EmailProviderLinks], &[
            "keemail.me", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de",
        ]),
        mx(&[EmailProviderLinks], &["tutanota.de"]),
    ]),
    listed("UKR.NET", Consumer, &[
        domains(&[EmailProviderLinks], &["ukr.net"]),
        mx(&[EmailProviderLinks], &["ukr.net"]),
    ]),
    listed("UOL", Isp, &[domains(&[EmailProviderInfo, EmailProviderLinks], &["bol.com.br", "uol.com.br"])]),
    listed("Verizon", Isp, &[domains(&[EmailProviderLinks], &["verizon.net"])]),
    listed("Videotron", Isp, &[domains(&[EmailProviderLinks], &["videotron.ca", "videotron.com"])]),
    listed("Virgilio", Consumer, &[domains(&[EmailProviderLinks], &["tin.it", "virgilio.it"])]),
    listed("Virgin Media", Isp, &[domains(&[EmailProviderLinks], &["virginmedia.com"])]),
    listed("Vodacom", Isp, &[domains(&[EmailProviderLinks], &["vodacom.co.za"])]),
    listed("Vodafone", Isp, &[domains(&[EmailProviderLinks], &["arcor.de", "vodafone.de"])]),
    in_family("WEB.DE", Consumer, "United Internet", &[
        domains(&[EmailProviderLinks], &["web.de"]),
        mx(&[KumoMta], &["web.de"]),
    ]),
    listed("WP Poczta", Consumer, &[domains(&[EmailProviderLinks], &["wp.pl"])]),
    listed("Windstream", Isp, &[domains(&[EmailProviderLinks], &["windstream.net"])]),
    reporting("Yahoo", Consumer, "Yahoo", YahooSenderHub, &[
        domains(&[EmailProviderInfo, EmailProviderLinks], &[
            "yahoo.ca", "yahoo.co.id", "yahoo.com.ar", "yahoo.com.au", "yahoo.com.br", "yahoo.com.mx",
            "yahoo.com.sg", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it",
        ]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &[
            "yahoo.co.in", "yahoo.co.uk", "yahoo.com",
        ]),
        domains(&[EmailProviderLinks], &["myyahoo.com"]),
        domains(&[EmailProviderLinks, Mxsniff], &["rocketmail.com", "ymail.com"]),
        mx(&[KumoMta, Sisimai], &["yahoodns.net"]),
    ]),
    listed("Yahoo! JAPAN", Consumer, &[
        domains(&[KumoMta], &["yahoo.co.jp"]).note("another operator than Yahoo, in spite of the brand"),
        mx(&[Mxsniff], &["mail.yahoo.co.jp"]).note("another operator than Yahoo, in spite of the brand"),
    ]),
    listed("Yandex", Consumer, &[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["yandex.com"]),
        domains(&[EmailProviderLinks, Mxsniff], &["yandex.ru"]),
        mx(&[Mxsniff], &["mx.yandex.net", "mx.yandex.ru"]),
    ]),
    listed("Ziggo", Isp, &[domains(&[EmailProviderLinks], &["home.nl", "ziggo.nl"])]),
    listed("Zoho Mail", Hosted, &[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["zohomail.com"]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["zoho.com"]),
        domains(&[EmailProviderLinks], &["zoho.eu"]),
        mx(&[Mxsniff], &[
            "zoho.com", "zohomail.com",
        ]).note("public mailboxes and hosted domains share these hosts"),
    ]),
    listed("addy.io", Forwarder, &[domains(&[EmailProviderLinks], &["anonaddy.com"])]),
    listed("easyDNS", Hosted, &[mx(&[Mxsniff], &["mx.easymail.ca"])]),
    listed("eir", Isp, &[domains(&[EmailProviderLinks], &["eircom.net"])]),
    listed("freenet", Consumer, &[domains(&[EmailProviderLinks], &["freenet.de"])]),
    not_reporting("iCloud", Consumer, "Apple", AppleSupport, &[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["icloud.com", "mac.com", "me.com"]),
        mx(&[EmailProviderLinks, Mxsniff, Sisimai], &["mail.icloud.com"]),
        mx(&[KumoMta], &["icloud.com"]),
    ]),
    in_family("mail.com", Consumer, "United Internet", &[
        domains(&[EmailProviderLinks], &[
            "consultant.com", "email.com", "europe.com", "mail.com", "myself.com", "usa.com",
        ]).note("its mail exchangers are those of GMX, so a hosted domain shows as GMX"),
        mx(&[Mxsniff], &["mail.com"]),
    ]),
    listed("mailbox.org", Consumer, &[domains(&[EmailProviderLinks], &["mailbox.org"])]),
    listed("one.com", Hosted, &[mx(&[EmailProviderLinks, Mxsniff], &["one.com"])]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::name;

    fn lines() -> impl Iterator<Item = &'static Line> {
        TABLE.iter().flat_map(|listed| listed.lines)
    }

    #[test]
    fn entries_sources_and_values_are_in_order_and_none_stands_twice() {
        assert!(TABLE.is_sorted_by(|a, b| a.provider.name() < b.provider.name()));
        for line in lines() {
            assert!(line.sources.is_sorted_by(|a, b| a < b), "{line:?}");
            assert!(line.values.is_sorted_by(|a, b| a < b), "{line:?}");
        }
    }

    #[test]
    fn every_entry_has_rules_and_every_rule_has_a_source() {
        assert!(TABLE.iter().all(|listed| !listed.lines.is_empty()));
        assert!(lines().all(|line| !line.values.is_empty() && !line.sources.is_empty()));
    }

    #[test]
    fn every_value_is_a_name_in_normal_form() {
        for value in lines().flat_map(|line| line.values) {
            assert_eq!(name::normal(value).as_deref(), Some(*value));
            assert!(value.contains('.'), "{value} is a whole top-level domain");
        }
        for line in lines() {
            if let Match::MxNamed(label) = line.matches {
                assert_eq!(name::normal(label).as_deref(), Some(label));
                assert!(!label.contains('.'), "{label}");
            }
        }
    }

    #[test]
    fn a_family_has_more_than_one_provider() {
        let families = || TABLE.iter().filter_map(|listed| listed.provider.family());
        for family in families() {
            assert!(families().filter(|other| *other == family).count() > 1, "{family}");
        }
    }

    #[test]
    fn every_source_is_used() {
        let of_rules = lines().flat_map(|line| line.sources.iter().copied());
        let of_complaints = TABLE.iter().filter_map(|listed| listed.provider.complaints_source());
        let used: std::collections::BTreeSet<Source> = of_rules.chain(of_complaints).collect();
        assert!(used.into_iter().eq(Source::ALL));
    }
}
