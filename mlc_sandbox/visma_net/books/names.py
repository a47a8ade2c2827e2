"""Names of accounts, plants, departments, product lines and suppliers. A trailing ! marks what is inactive."""

from __future__ import annotations

# Number, name; a trailing ! is inactive, with postings from before.
CHART = """
0900 Antall ansatte (statistikk)
1000 Utvikling, aktivert
1070 Utsatt skattefordel
1100 Bygninger og anlegg
1200 Maskiner og utstyr
1230 Biler & trucker
1280 Kontormaskiner
1299 Akkumulerte avskrivninger
1400 Råvarer, stål
1420 Varer under tilvirkning
1440 Ferdigvarer
1500 Kundefordringer
1580 Avsetning tap på fordringer
1700 Forskuddsbetalt leie
1750 Påløpt leieinntekt
1790 Forhåndsbokførte kostnader
1920 Bank, driftskonto NOK
1925 Bank, EUR
1926 Bank, SEK
1950 Skattetrekk, bundne midler
2000 Aksjekapital
2050 Annen egenkapital
2220 Langsiktig banklån
2400 Leverandørgjeld
2600 Forskuddstrekk
2700 Utgående mva, høy sats
2710 Inngående mva, høy sats
2740 Oppgjørskonto mva
2770 Skyldig arbeidsgiveravgift
2900 Forskudd fra kunder
2930 Skyldig lønn
2940 Skyldige feriepenger
2960 Påløpte kostnader
2990 Avsetning garanti
3000 Salg, rør
3010 Salg, bjelker
3020 Salg, plater
3030 Salg, smådeler
3100 Salg, utland EU
3200 Salg, tjenester og montasje
3600 Leieinntekter
3900 Andre driftsinntekter
4000 Materialer, stål
4010 Materialer, aluminium
4020 Sveisetråd og gass
4060 Frakt, toll & spedisjon
4300 Innkjøp for videresalg
4390 Beholdningsendring
4500 Underleverandører
5000 Lønn, produksjon
5010 Lønn, administrasjon
5090 Påløpte feriepenger
5400 Arbeidsgiveravgift
5420 Innskuddspensjon
5900 Gaver til ansatte
5990 Øvrige personalkostnader
6000 Avskrivning, bygninger
6010 Avskrivning, maskiner
6300 Leie lokaler
6340 Lys, varme
6360 Renhold
6420 Leie datasystemer
6490 Annen leiekostnad (før 2025)!
6540 Inventar
6550 Verktøy og småutstyr
6600 Reparasjon og vedlikehold, bygninger
6620 Reparasjon og vedlikehold, maskiner
6700 Revisjon
6720 Juridisk bistand
6790 Annen fremmed tjeneste
6800 Kontorrekvisita
6860 Møter, kurs
6900 Telefon og internett
7000 Drivstoff
7100 Bilgodtgjørelse
7140 Reisekostnad
7320 Reklame, messer
7350 Representasjon
7500 Forsikring
7700 Bank- og kortgebyr
7830 Tap på fordringer
8050 Renteinntekt
8060 Valutagevinst (agio)
8150 Rentekostnad
8160 Valutatap (disagio)
8300 Betalbar skatt
"""

BRANCHES = ("1 Oslo verk", "2 Ålesund støperi", "3 Göteborg montage")
DEPARTMENTS = (
    "010 Ledelse",
    "020 Innkjøp",
    "030 Produksjon",
    "035 Støperi",
    "040 Vedlikehold",
    "050 Kvalitet & miljø",
    "060 Salg",
    "070 Økonomi og IT",
)
DEPARTMENT_SEGMENT = (*DEPARTMENTS, "045 Galvanisering (nedlagt)!")
PRODUCT_SEGMENT = ("000 Uspesifisert", "100 Rør", "200 Bjelker", "300 Plater", "400 Smådeler", "900 Tråd (utgått)!")

SUPPLIERS = (
    "Nordic Steel AS",
    "Brødrene Ødegård Transport AS",
    "Malmö Kullager AB",
    "Groß & Söhne Stahlhandel GmbH",
    "Café Élysée, Ålesund",
    "Åsane Sveiseverk AS",
    "Æ. Østby Elektro AS",
    "Skånska Bultfabriken AB",
    "Röhrenwerk Düsseldorf GmbH",
    "Hydro Aluminium Profiler AS",
    'Rør & Deler "Vest" AS',
    "Göteborgs Verktyg AB",
    "Fjellkraft Energi AS",
    "Métaux Réunis SA",
    "Sørlandet Renhold AS",
    "Tromsø Spedisjon AS",
    "Västkustens Lack AB",
    "O'Hara Abrasives Ltd",
    "Bergen Kontor- og Datautstyr AS",
    "Straße 12 Werbung GmbH",
)
PLACES = ("", " Nord", " Sør", " Øst", " Vest", " Innlandet")
