//! The providers whose names begin from `Q` on, and those whose names begin with a small letter.

use super::entry::{Entry, domains, domains_and_subdomains, mx_hosts, provider};
use crate::provider::ProviderKind::{Consumer, Forwarder, Gateway, Hosted, Isp};
use crate::provider::Source::{
    AppleSupport, EmailProviderInfo, EmailProviderLinks, Freemail, Ispdb, KumoMta, Mxsniff, Observed,
    ProviderDb, ProviderHelp, Sisimai, Validator, YahooSenderHub,
};

#[rustfmt::skip]
pub(super) static ENTRIES: &[Entry] = &[
    provider("QQ Mail", Consumer).family("Tencent").rules(&[
        domains(&[EmailProviderLinks], &["foxmail.com", "qq.com"]),
        mx_hosts(&[KumoMta, Mxsniff, Sisimai], &["qq.com"]),
    ]),
    provider("Rackspace", Hosted).rules(&[mx_hosts(&[EmailProviderLinks, Mxsniff], &["emailsrvr.com"])]),
    provider("Rambler", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["autorambler.ru", "lenta.ru", "rambler.ru"]),
    ]),
    provider("Rediffmail", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["rediff.com", "rediffmail.com"]),
        mx_hosts(&[Mxsniff], &["rediffmail.rediff.akadns.net"]),
    ]),
    provider("Rogers", Isp).rules(&[domains(&[EmailProviderLinks], &["rogers.com"])]),
    provider("Runbox", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["runbox.com"]),
        mx_hosts(&[Mxsniff], &["mx.runbox.com"]),
    ]),
    provider("SFR", Isp).rules(&[
        domains(&[EmailProviderLinks], &["sfr.fr"]),
        domains(&[Ispdb], &["club-internet.fr", "neuf.fr"]),
    ]),
    provider("SendGrid", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["mx.sendgrid.net"])]),
    provider("Seznam", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["email.cz", "post.cz", "seznam.cz"]),
        domains(&[Ispdb], &["spoluzaci.cz"]),
    ]),
    provider("Shaw", Isp).rules(&[domains(&[EmailProviderLinks], &["shaw.ca"])]),
    provider("SimpleLogin", Forwarder).family("Proton").rules(&[
        domains(&[EmailProviderLinks], &[
            "8alias.com", "8shield.net", "aleeas.com", "dralias.com", "silomails.com", "simplelogin.com",
            "simplelogin.fr", "simplelogin.io", "slmail.me", "slmails.com",
        ]),
    ]),
    provider("Simply.com", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["spamfilter.io"])]),
    provider("Sina", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["sina.cn", "sina.com", "sina.com.cn"]),
    ]),
    provider("SiteGround", Hosted).rules(&[
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["mailspamprotection.com"]),
    ]),
    provider("Sky", Isp).rules(&[domains(&[EmailProviderLinks], &["sky.com"])]),
    provider("SpamExperts", Gateway).rules(&[
        mx_hosts(&[Mxsniff], &["spamexperts.com", "spamexperts.eu", "spamexperts.net"]),
    ]),
    provider("Spark", Isp).rules(&[domains(&[EmailProviderLinks], &["xtra.co.nz"])]),
    provider("Spectrum", Isp).rules(&[
        domains(&[EmailProviderLinks], &["charter.net", "spectrum.net", "twc.com"]),
        domains_and_subdomains(&[EmailProviderLinks, Observed], &["rr.com"])
            .note("Road Runner gave each region a domain below this one"),
        mx_hosts(&[EmailProviderLinks, Sisimai], &["charter.net"]),
        domains(&[Ispdb], &["bresnan.net"]),
    ]),
    provider("StartMail", Consumer).rules(&[domains(&[EmailProviderLinks], &["startmail.com"])]),
    provider("Swisscom", Isp).rules(&[
        domains(&[EmailProviderLinks], &["bluewin.ch"]),
        domains(&[Ispdb], &["bluemail.ch"]),
    ]),
    provider("Symantec", Gateway).rules(&[mx_hosts(&[Mxsniff], &["inboundmx.com", "messagelabs.com"])]),
    provider("TELUS", Isp).rules(&[domains(&[EmailProviderLinks], &["telus.net"])]),
    provider("TalkTalk", Isp).rules(&[domains(&[EmailProviderLinks], &["talktalk.net"])]),
    provider("Telekom", Isp).rules(&[
        domains(&[EmailProviderLinks], &["magenta.de", "t-online.de", "telekom.de"]),
    ]),
    provider("Telenet", Isp).rules(&[domains(&[EmailProviderLinks], &["telenet.be"])]),
    provider("Telkom", Isp).rules(&[domains(&[EmailProviderLinks], &["telkom.co.za"])]),
    provider("Telstra", Isp).rules(&[
        domains(&[EmailProviderLinks], &["bigpond.com", "bigpond.net.au"]),
        domains(&[Ispdb], &["bigpond.net"]),
    ]),
    provider("Tencent Exmail", Hosted).family("Tencent").rules(&[
        mx_hosts(&[ProviderHelp], &["mxbiz1.qq.com", "mxbiz2.qq.com"])
            .note("other hosts below qq.com take mail for QQ Mail"),
    ]),
    provider("Terra", Consumer).rules(&[domains(&[EmailProviderLinks], &["terra.com.br"])]),
    provider("Tiscali", Isp).rules(&[domains(&[EmailProviderLinks], &["tiscali.it"])]),
    provider("Titan", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["titan.email"])]),
    provider("Trellix", Gateway).rules(&[mx_hosts(&[Mxsniff], &["email.fireeyecloud.com"])]),
    provider("Tuta", Consumer).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &[
            "keemail.me", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de",
        ]),
        mx_hosts(&[EmailProviderLinks], &["tutanota.de"]),
    ]),
    provider("UKR.NET", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["ukr.net"]),
        mx_hosts(&[EmailProviderLinks], &["ukr.net"]),
    ]),
    provider("UOL", Isp).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["bol.com.br", "uol.com.br"]),
    ]),
    provider("Videotron", Isp).rules(&[domains(&[EmailProviderLinks], &["videotron.ca", "videotron.com"])]),
    provider("Virgilio", Consumer).rules(&[domains(&[EmailProviderLinks], &["tin.it", "virgilio.it"])]),
    provider("Virgin Media", Isp).rules(&[
        domains(&[EmailProviderLinks], &["virginmedia.com"]),
        domains(&[Ispdb], &["ntlworld.com", "virgin.net"]),
    ]),
    provider("Vodacom", Isp).rules(&[domains(&[EmailProviderLinks], &["vodacom.co.za"])]),
    provider("Vodafone", Isp).rules(&[
        domains(&[EmailProviderLinks], &["arcor.de", "vodafone.de"]),
        domains(&[Ispdb], &["kabelmail.de", "vodafonemail.de"]),
    ]),
    provider("WEB.DE", Consumer).family("United Internet").rules(&[
        domains(&[EmailProviderLinks], &["web.de"]),
        mx_hosts(&[KumoMta], &["web.de"]),
        domains(&[ProviderDb], &[
            "action.ms", "clever.ms", "cool.ms", "deutschland.ms", "email.de", "flirt.ms", "fussball.ms",
            "genial.ms", "hallo.ms", "ich.ms", "joker.ms", "kanzler.ms", "kuss.ms", "love.ms", "magic.ms",
            "okay.ms", "online.ms", "party.ms", "planet.ms", "pop.ms", "power.ms", "singles.ms",
            "smart.ms", "stars.ms", "techno.ms", "wichtig.ms",
        ]),
    ]),
    provider("WP Poczta", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["wp.pl"]),
        domains(&[Ispdb], &["go2.pl", "o2.pl", "prokonto.pl", "tlen.pl"]),
    ]),
    provider("Windstream", Isp).rules(&[domains(&[EmailProviderLinks], &["windstream.net"])]),
    provider("Yahoo", Consumer).family("Yahoo").complaint_reports(true, YahooSenderHub).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &[
            "yahoo.ca", "yahoo.co.id", "yahoo.com.ar", "yahoo.com.au", "yahoo.com.br", "yahoo.com.mx",
            "yahoo.com.sg", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it",
        ]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &[
            "yahoo.co.in", "yahoo.co.uk", "yahoo.com",
        ]),
        domains(&[EmailProviderLinks], &["myyahoo.com"]),
        domains(&[EmailProviderLinks, Mxsniff], &["rocketmail.com", "ymail.com"]),
        mx_hosts(&[KumoMta, Sisimai], &["yahoodns.net"]),
        domains(&[Freemail], &[
            "yahoo.at", "yahoo.be", "yahoo.cl", "yahoo.co.kr", "yahoo.co.th", "yahoo.co.za",
            "yahoo.com.cn", "yahoo.com.co", "yahoo.com.hk", "yahoo.com.my", "yahoo.com.ph", "yahoo.com.tr",
            "yahoo.com.tw", "yahoo.com.vn", "yahoo.cz", "yahoo.dk", "yahoo.fi", "yahoo.gr", "yahoo.hu",
            "yahoo.ie", "yahoo.nl", "yahoo.no", "yahoo.pl", "yahoo.pt", "yahoo.ro",
        ]),
        domains(&[Freemail, Ispdb, ProviderDb], &["yahoo.co.nz", "yahoo.se"]),
    ]),
    provider("Yahoo! JAPAN", Consumer).rules(&[
        domains(&[KumoMta], &["yahoo.co.jp"]).note("another operator than Yahoo, in spite of the brand"),
        mx_hosts(&[Mxsniff], &["mail.yahoo.co.jp"])
            .note("another operator than Yahoo, in spite of the brand"),
    ]),
    provider("Yandex", Consumer).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["yandex.com"]),
        domains(&[EmailProviderLinks, Mxsniff], &["yandex.ru"]),
        mx_hosts(&[Mxsniff], &["mx.yandex.net", "mx.yandex.ru"]),
        domains(&[Ispdb], &["yandex.net"]),
        domains(&[Ispdb, ProviderDb], &["narod.ru"]),
        domains(&[Ispdb, ProviderDb, Validator], &["ya.ru", "yandex.by", "yandex.kz", "yandex.ua"]),
    ]),
    provider("Ziggo", Isp).rules(&[
        domains(&[EmailProviderLinks], &["home.nl", "ziggo.nl"]),
        domains(&[Ispdb], &[
            "casema.nl", "chello.nl", "hahah.nl", "multiweb.nl", "quicknet.nl", "razcall.com",
            "razcall.nl", "upcmail.nl", "zeggis.com", "zeggis.nl", "ziggomail.com", "zinders.nl",
        ]),
    ]),
    provider("Zoho Mail", Hosted).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["zohomail.com"]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["zoho.com"]),
        domains(&[EmailProviderLinks], &["zoho.eu"]),
        mx_hosts(&[Mxsniff], &[
            "zoho.com", "zohomail.com",
        ]).note("public mailboxes and hosted domains share these hosts"),
        domains(&[Ispdb], &[
            "zoho.com.au", "zoho.in", "zoho.jp", "zohocloud.ca", "zohomail.com.au", "zohomail.in",
            "zohomail.jp", "zohomailcloud.ca",
        ]),
        domains(&[Ispdb, ProviderDb], &["zohomail.eu"]),
        mx_hosts(&[ProviderHelp], &[
            "zoho.com.au", "zoho.com.cn", "zoho.eu", "zoho.in", "zoho.jp", "zoho.sa", "zohocloud.ca",
            "zohomail.eu", "zohomail.in",
        ]).note("public mailboxes and hosted domains share these hosts"),
    ]),
    provider("addy.io", Forwarder).rules(&[domains(&[EmailProviderLinks], &["anonaddy.com"])]),
    provider("easyDNS", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mx.easymail.ca"])]),
    provider("eir", Isp).rules(&[domains(&[EmailProviderLinks], &["eircom.net"])]),
    provider("freenet", Consumer).rules(&[domains(&[EmailProviderLinks], &["freenet.de"])]),
    provider("iCloud", Consumer).family("Apple").complaint_reports(false, AppleSupport).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["icloud.com", "mac.com", "me.com"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff, Sisimai], &["mail.icloud.com"]),
        mx_hosts(&[KumoMta], &["icloud.com"]),
    ]),
    provider("mail.com", Consumer).family("United Internet").rules(&[
        domains(&[EmailProviderLinks], &[
            "consultant.com", "email.com", "europe.com", "mail.com", "myself.com", "usa.com",
        ]).note("its mail exchangers are those of GMX, so a hosted domain shows as GMX"),
        mx_hosts(&[Mxsniff], &["mail.com"]),
        domains(&[Ispdb], &[
            "2die4.com", "accountant.com", "activist.com", "adexec.com", "africamail.com",
            "aircraftmail.com", "alabama.usa.com", "alaska.usa.com", "allergist.com", "alumni.com",
            "alumnidirector.com", "americamail.com", "amorous.com", "angelic.com", "archaeologist.com",
            "arizona.usa.com", "artlover.com", "asia-mail.com", "atheist.com", "australiamail.com",
            "bartender.net", "berlin.com", "bigger.com", "bikerider.com", "birdlover.com", "blader.com",
            "boardermail.com", "brazilmail.com", "brew-master.com", "california.usa.com",
            "californiamail.com", "caress.com", "catlover.com", "cheerful.com", "chef.net", "chemist.com",
            "chinamail.com", "clerk.com", "cliffhanger.com", "collector.org", "columnist.com", "comic.com",
            "computer4u.com", "contractor.net", "coolsite.net", "counsellor.com", "count.com",
            "couple.com", "cutey.com", "cyber-wizard.com", "cyberdude.com", "cybergal.com",
            "dallasmail.com", "dbzmail.com", "deliveryman.com", "diplomats.com", "disciples.com",
            "doctor.com", "doglover.com", "doramail.com", "dr.com", "dublin.com", "earthling.net",
            "elvisfan.com", "engineer.com", "englandmail.com", "europemail.com", "execs.com", "fan.com",
            "feelings.com", "financier.com", "fireman.net", "florida.usa.com", "footballer.com",
            "gardener.com", "geologist.com", "germanymail.com", "graduate.org", "graphic-designer.com",
            "hackermail.com", "hairdresser.net", "hilarious.com", "hockeymail.com", "homemail.com",
            "hot-shot.com", "hour.com", "humanoid.net", "illinois.usa.com", "iname.com", "innocent.com",
            "inorbit.com", "instruction.com", "instructor.net", "insurer.com", "irelandmail.com",
            "italymail.com", "japan.com", "journalist.com", "keromail.com", "kittymail.com",
            "koreamail.com", "lawyer.com", "legislator.com", "linuxmail.org", "london.com", "loveable.com",
            "lovecat.com", "mad.scientist.com", "madonnafan.com", "madrid.com", "mail.org",
            "marchmail.com", "mexicomail.com", "mindless.com", "minister.com", "mobsters.com",
            "monarchy.com", "moscowmail.com", "munich.com", "musician.org", "muslim.com",
            "newyork.usa.com", "null.net", "nycmail.com", "oath.com", "optician.com", "pacificwest.com",
            "petlover.com", "photographer.net", "playful.com", "poetic.com", "politician.com",
            "popstar.com", "post.com", "presidency.com", "priest.com", "programmer.net", "publicist.com",
            "realtyagent.com", "reborn.com", "reggaefan.com", "religious.com", "repairman.com",
            "representative.com", "rescueteam.com", "revenue.com", "rocketship.com", "rockfan.com",
            "rome.com", "royal.net", "saintly.com", "salesperson.net", "sanfranmail.com", "scientist.com",
            "scotlandmail.com", "secretary.net", "seductive.com", "singapore.com", "snakebite.com",
            "songwriter.net", "soon.com", "spainmail.com", "teachers.org", "techie.com",
            "technologist.com", "texas.usa.com", "thegame.com", "therapist.net", "toke.com", "tokyo.com",
            "toothfairy.com", "tvstar.com", "umpire.com", "uymail.com", "wallet.com", "webname.com",
            "weirdness.com", "who.net", "whoever.com", "winning.com", "witty.com", "worker.com",
            "workmail.com", "writeme.com", "yours.com",
        ]),
    ]),
    provider("mailbox.org", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["mailbox.org"]),
        mx_hosts(&[ProviderHelp], &["mailbox.org"]),
    ]),
    provider("one.com", Hosted).rules(&[mx_hosts(&[EmailProviderLinks, Mxsniff], &["one.com"])]),
];
