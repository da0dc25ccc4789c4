//! Tests of the built-in table against what large providers publish: the domains that one may choose from, and the MX hosts
//! that a customer enters for a domain.

use super::{Provider, ProviderKind, for_mx_host, for_recipient_domain, named, rules};

/// Providers, the first label of their domains, and what follows it in the countries that they serve.
const NATIONAL: [(&str, &str, &str); 8] = [
    (
        "Outlook",
        "hotmail",
        "at be ca ch cl co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com com.ar com.au com.br com.hk com.mx \
         com.pe com.tr com.tw com.vn cz de dk es fi fr gr hu ie in it lt lv my nl no ph pt rs sa se sg sk",
    ),
    (
        "Outlook",
        "live",
        "at be ca cl cn co.jp co.kr co.uk co.za com com.ar com.au com.mx com.my com.ph com.pt com.sg de dk es eu fi fr \
         hk ie in it jp nl no ru se",
    ),
    (
        "Outlook",
        "outlook",
        "at be cl co.id co.il co.nz co.th com com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk es fr hu ie in \
         it jp kr lv my ph pt sa sg sk",
    ),
    (
        "GMX",
        "gmx",
        "at biz ca ch cn co.in co.uk com com.br com.my com.tr de es eu fr hk ie info it li net org ph pt ru se sg tm tw us",
    ),
    (
        "Yahoo",
        "yahoo",
        "at be ca cl co.id co.in co.kr co.nz co.th co.uk co.za com com.ar com.au com.br com.co com.hk com.mx com.my \
         com.ph com.sg com.tr com.tw com.vn cz de dk es fi fr gr hu ie in it nl no pl pt ro se",
    ),
    ("AOL", "aol", "co.nz co.uk com com.ar com.au com.br com.mx de es fr it se"),
    ("Yandex", "yandex", "by com kz ru ua"),
    ("Zoho Mail", "zohomail", "com com.au eu in jp"),
];

/// Providers and further domains of theirs.
const DOMAINS: [(&str, &str); 13] = [
    ("Outlook", "msn.com windowslive.com passport.com livemail.tw"),
    ("AOL", "aim.com compuserve.com cs.com netscape.net verizon.net wmconnect.com"),
    ("AT&T", "att.net ameritech.net bellsouth.net currently.com prodigy.net sbcglobal.net swbell.net"),
    ("BT", "btinternet.com btopenworld.com talk21.com"),
    ("GMX", "email.gmx mail.gmx mein.gmx"),
    ("KPN", "kpnmail.nl planet.nl hetnet.nl xs4all.nl telfort.nl tiscali.nl"),
    ("Libero", "libero.it iol.it blu.it inwind.it giallo.it"),
    ("Mail.ru", "mail.ru bk.ru inbox.ru list.ru internet.ru"),
    ("Onet", "onet.pl onet.eu op.pl vp.pl poczta.onet.pl poczta.onet.eu republika.pl autograf.pl spoko.pl"),
    ("Yahoo", "ymail.com rocketmail.com myyahoo.com"),
    ("Yandex", "ya.ru narod.ru"),
    ("Ziggo", "ziggo.nl home.nl upcmail.nl chello.nl casema.nl quicknet.nl"),
    ("mail.com", "mail.com email.com usa.com post.com europe.com engineer.com"),
];

/// MX hosts and their providers.
const MX_HOSTS: [(&str, &str); 25] = [
    ("smtp.google.com", "Google Workspace"),
    ("acme-example.smtp.goog", "Google Workspace"),
    ("mx1-us1.ppe-hosted.com", "Proofpoint"),
    ("mx0a-00112233.pphosted.com", "Proofpoint"),
    ("mx.zoho.com", "Zoho Mail"),
    ("mx2.zoho.eu", "Zoho Mail"),
    ("mx3.zoho.in", "Zoho Mail"),
    ("mx.zoho.com.au", "Zoho Mail"),
    ("mx.zoho.jp", "Zoho Mail"),
    ("mx.zohocloud.ca", "Zoho Mail"),
    ("acme-example.mail.protection.outlook.com", "Microsoft 365"),
    ("acme-example.mail.protection.office365.us", "Microsoft 365"),
    ("acme-example.mail.protection.partner.outlook.cn", "Microsoft 365"),
    ("outlook-com.olc.protection.outlook.com", "Outlook"),
    ("mxs.mail.ru", "Mail.ru"),
    ("emx.mail.ru", "Mail.ru"),
    ("mx1.qiye.aliyun.com", "Alibaba Mail"),
    ("mxn.mxhichina.com", "Alibaba Mail"),
    ("mxext1.mailbox.org", "mailbox.org"),
    ("work-mx.app.hey.com", "HEY"),
    ("mta5.am0.yahoodns.net", "Yahoo"),
    ("mx-eu.mail.gm0.yahoodns.net", "Yahoo"),
    ("mx-aol.mail.gm0.yahoodns.net", "AOL"),
    ("mx3.qq.com", "QQ Mail"),
    ("mxbiz1.qq.com", "Tencent Exmail"),
];

#[test]
fn every_national_domain_of_a_large_provider_is_known() {
    for (provider, label, countries) in NATIONAL {
        for country in countries.split_whitespace() {
            let domain = format!("{label}.{country}");
            assert_eq!(for_recipient_domain(&domain).map(Provider::name), Some(provider), "{domain}");
        }
    }
    // It has the name of another.
    assert_eq!(for_recipient_domain("yahoo.co.jp").map(Provider::name), Some("Yahoo! JAPAN"));
}

#[test]
fn every_further_domain_of_a_large_provider_is_known() {
    for (provider, domains) in DOMAINS {
        for domain in domains.split_whitespace() {
            assert_eq!(for_recipient_domain(domain).map(Provider::name), Some(provider), "{domain}");
        }
    }
}

#[test]
fn every_mx_host_that_customers_enter_is_known() {
    for (host, provider) in MX_HOSTS {
        assert_eq!(for_mx_host(host).map(Provider::name), Some(provider), "{host}");
    }
    let kind = |host| for_mx_host(host).map(Provider::kind);
    assert_eq!(kind("mx1-us1.ppe-hosted.com"), Some(ProviderKind::Gateway));
    assert_eq!(kind("acme.mail.protection.office365.us"), Some(ProviderKind::Hosted));
}

#[test]
fn a_server_of_a_customer_is_not_its_provider() {
    for host in
        ["vps12345.ovh.net", "ns3012345.ovh.net", "ec2-192-0-2-1.compute.amazonaws.com", "mx-aol.example"]
    {
        assert_eq!(for_mx_host(host), None, "{host}");
    }
}

#[test]
fn the_mail_of_verizon_is_of_the_family_of_yahoo() {
    assert_eq!(for_recipient_domain("verizon.net").and_then(Provider::family), Some("Yahoo"));
    assert_eq!(named("Verizon"), None);
}

#[test]
fn rules_are_listed_plainly_sorted_and_each_has_a_source() {
    let all: Vec<_> = rules().collect();
    let hosts =
        all.iter().position(|rule| for_mx_host(rule.value()).is_some() && rule.matches().is_mx_host());
    let (domains, hosts) = all.split_at(hosts.unwrap());
    for part in [domains, hosts] {
        assert!(part.is_sorted_by_key(|rule| rule.value()));
    }
    assert!(all.iter().all(|rule| !rule.sources().is_empty()));
}
