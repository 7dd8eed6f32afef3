/**
 * What email clients put below an answer, by language and client. Written by hand after the format of each client, with
 * invented people and addresses. Each tail must be removed entirely, whatever the answer above it.
 */
export const quotedTails: Readonly<Record<string, string>> = {
  "Gmail in English, wrapped": `On Tue, Mar 4, 2025 at 9:12 AM Support of Lantern Books <
reply+abc@in.example.com> wrote:

> Your parcel left on Monday.
>`,
  "Apple Mail in English": `> On 4 Mar 2025, at 09:12, Lantern Books <shop@lantern.example> wrote:
>
> Your parcel left on Monday.`,
  "Apple Mail on a phone, with a narrow space before PM": `Sent from my iPhone

> On Mar 4, 2025, at 9:12\u202fPM, Lantern Books <shop@lantern.example> wrote:
>
> \ufeffYour parcel left on Monday.`,
  "Outlook on Windows in English": `From: Lantern Books <shop@lantern.example>
Sent: Tuesday, March 4, 2025 9:12 AM
To: Nora <nora@home.example>
Cc: Desk <desk@lantern.example>
Subject: Re: Your chat of 3 March

Your parcel left on Monday.

Greetings`,
  "Outlook on the web, after a rule": `________________________________
From: Lantern Books <shop@lantern.example>
Sent: Tuesday, March 4, 2025 9:12:01 AM
To: Nora
Subject: Your chat

Your parcel left on Monday.`,
  "Outlook Express": `----- Original Message -----
From: "Lantern Books" <shop@lantern.example>
To: <nora@home.example>
Sent: Tuesday, March 04, 2025 9:12 AM
Subject: Your chat

> Your parcel left on Monday.`,
  "Yahoo in English": `On Tuesday, March 4, 2025 at 09:12:33 AM GMT+1, Lantern Books <shop@lantern.example> wrote:


 Your parcel left on Monday.
`,
  "Thunderbird in English": `On 3/4/25 09:12, Lantern Books wrote:
> Your parcel left on Monday.
>
> Greetings`,
  "Lotus Notes in English": `From:   Lantern Books <shop@lantern.example>
To:     nora@home.example
Date:   04/03/2025 09:12
Subject:        Your chat



Your parcel left on Monday.`,
  "Lotus Notes on one line": `Lantern Books/Shop/EXAMPLE wrote on 03/04/2025 09:12:11 AM:

> Your parcel left on Monday.`,
  "Proton in English": `Sent with Proton Mail secure email.

On Tuesday, March 4th, 2025 at 9:12 AM, Lantern Books <shop@lantern.example> wrote:

> Your parcel left on Monday.`,
  "Horde in English": `Quoting Lantern Books <shop@lantern.example>:

> Your parcel left on Monday.`,
  "Outlook in English, bold as stars and double-spaced": `*From:* Lantern Books [mailto:shop@lantern.example]

*Sent:* 04 March 2025 09:12

*To:* Nora

*Subject:* Your chat



Your parcel left on Monday.`,
  "Samsung in English": `Sent from my Galaxy


-------- Original message --------
From: Lantern Books <shop@lantern.example>
Date: 04/03/2025 09:12 (GMT+01:00)
To: nora@home.example
Subject: Your chat

Your parcel left on Monday.`,
  "Gmail in German": `Am Di., 4. März 2025 um 09:12 Uhr schrieb Laterne Bücher <
laden@laterne.example>:

> Ihr Paket ging am Montag ab.
>`,
  "Thunderbird in German": `Am 04.03.25 um 09:12 schrieb Laterne Bücher:
> Ihr Paket ging am Montag ab.`,
  "Outlook in German": `Von: Laterne Bücher <laden@laterne.example>
Gesendet: Dienstag, 4. März 2025 09:12
An: Nora <nora@home.example>
Betreff: Ihr Chat

Ihr Paket ging am Montag ab.`,
  "Old Outlook in German": `-----Ursprüngliche Nachricht-----
Von: Laterne Bücher [mailto:laden@laterne.example]
Gesendet: Dienstag, 4. März 2025 09:12
An: nora@home.example
Betreff: Ihr Chat

Ihr Paket ging am Montag ab.`,
  "GMX in German": `Gesendet: Dienstag, 04. März 2025 um 09:12 Uhr
Von: "Laterne Bücher" <laden@laterne.example>
An: nora@home.example
Betreff: Ihr Chat
Ihr Paket ging am Montag ab.`,
  "Apple Mail in German": `Von meinem iPhone gesendet

> Am 04.03.2025 um 09:12 schrieb Laterne Bücher <laden@laterne.example>:
>
> Ihr Paket ging am Montag ab.`,
  "Horde in German": `Zitat von Laterne Bücher <laden@laterne.example>:

> Ihr Paket ging am Montag ab.`,
  "Gmail in French": `Le mar. 4 mars 2025 à 09:12, Livres Lanterne <boutique@lanterne.example> a
écrit :

> Votre colis est parti lundi.
>`,
  "Outlook in French": `De : Livres Lanterne <boutique@lanterne.example>
Envoyé : mardi 4 mars 2025 09:12
À : Nora <nora@home.example>
Objet : Votre conversation

Votre colis est parti lundi.`,
  "Orange webmail in French": `> Message du 04/03/25 09:12
> De : "Livres Lanterne" <boutique@lanterne.example>
> A : nora@home.example
> Copie à :
> Objet : Votre conversation
>
> Votre colis est parti lundi.`,
  "Old Outlook in French": `-----Message d'origine-----
De : Livres Lanterne [mailto:boutique@lanterne.example]
Envoyé : mardi 4 mars 2025 09:12
À : nora@home.example
Objet : Votre conversation

Votre colis est parti lundi.`,
  "Gmail in Spanish": `El mar, 4 mar 2025 a las 9:12, Libros Farol (<tienda@farol.example>) escribió:

> Su paquete salió el lunes.
>`,
  "Outlook in Spanish": `________________________________
De: Libros Farol <tienda@farol.example>
Enviado: martes, 4 de marzo de 2025 9:12
Para: Nora <nora@home.example>
Asunto: Su conversación

Su paquete salió el lunes.`,
  "Gmail in Italian": `Il giorno mar 4 mar 2025 alle ore 09:12 Libri Lanterna <
negozio@lanterna.example> ha scritto:

> Il pacco è partito lunedì.
>`,
  "Outlook in Italian": `Da: Libri Lanterna <negozio@lanterna.example>
Inviato: martedì 4 marzo 2025 09:12
A: Nora <nora@home.example>
Oggetto: La tua conversazione

Il pacco è partito lunedì.`,
  "Old Outlook in Italian": `-----Messaggio originale-----
Da: Libri Lanterna
Inviato: martedì 4 marzo 2025 09:12
A: Nora
Oggetto: La tua conversazione

Il pacco è partito lunedì.`,
  "Gmail in Brazilian Portuguese": `Em ter., 4 de mar. de 2025 às 09:12, Livros Lanterna <loja@lanterna.example>
escreveu:

> O pacote saiu na segunda.
>`,
  "Outlook in Portuguese": `De: Livros Lanterna <loja@lanterna.example>
Enviada em: terça-feira, 4 de março de 2025 09:12
Para: Nora <nora@home.example>
Assunto: A sua conversa

O pacote saiu na segunda.`,
  "Gmail in Dutch": `Op di 4 mrt 2025 om 09:12 schreef Lantaarn Boeken <winkel@lantaarn.example>:

> Uw pakket is maandag vertrokken.
>`,
  "Outlook in Dutch": `Van: Lantaarn Boeken <winkel@lantaarn.example>
Verzonden: dinsdag 4 maart 2025 09:12
Aan: Nora <nora@home.example>
Onderwerp: Uw gesprek

Uw pakket is maandag vertrokken.`,
  "Gmail in Polish": `wt., 4 mar 2025 o 09:12 Księgarnia Latarnia <sklep@latarnia.example> napisał(a):

> Paczka wyszła w poniedziałek.
>`,
  "Thunderbird in Polish": `W dniu 4.03.2025 o 09:12, Księgarnia Latarnia pisze:
> Paczka wyszła w poniedziałek.`,
  "Outlook in Polish": `Od: Księgarnia Latarnia <sklep@latarnia.example>
Wysłano: wtorek, 4 marca 2025 09:12
Do: Nora <nora@home.example>
Temat: Rozmowa

Paczka wyszła w poniedziałek.`,
  "Gmail in Russian": `вт, 4 мар. 2025 г. в 09:12, Книги Фонарь <shop@fonar.example>:

> Посылка ушла в понедельник.
>`,
  "Mail.ru in Russian": `>Вторник, 4 марта 2025, 9:12 +03:00 от Книги Фонарь <shop@fonar.example>:
>
>Посылка ушла в понедельник.
`,
  "Yandex in Russian": `04.03.2025, 09:12, "Книги Фонарь" <shop@fonar.example>:

> Посылка ушла в понедельник.`,
  "Outlook in Russian": `От: Книги Фонарь <shop@fonar.example>
Отправлено: 4 марта 2025 г. 9:12
Кому: Нора <nora@home.example>
Тема: Ваш разговор

Посылка ушла в понедельник.`,
  "Thunderbird in Russian": `04.03.2025 09:12, Книги Фонарь пишет:
> Посылка ушла в понедельник.`,
  "Gmail in Ukrainian": `вт, 4 бер. 2025 р. о 09:12 Книги Ліхтар <shop@lihtar.example> пише:

> Посилка вирушила в понеділок.
>`,
  "Outlook in Ukrainian": `Від: Книги Ліхтар <shop@lihtar.example>
Надіслано: 4 березня 2025 р. 9:12
Кому: Нора <nora@home.example>
Тема: Ваша розмова

Посилка вирушила в понеділок.`,
  "Gmail in Czech": `út 4. 3. 2025 v 9:12 odesílatel Knihy Lucerna <obchod@lucerna.example> napsal:

> Balík odešel v pondělí.
>`,
  "Outlook in Czech": `Od: Knihy Lucerna <obchod@lucerna.example>
Odesláno: úterý 4. března 2025 9:12
Komu: Nora <nora@home.example>
Předmět: Vaše konverzace

Balík odešel v pondělí.`,
  "Gmail in Swedish": `Den tis 4 mars 2025 kl 09:12 skrev Lykta Böcker <butik@lykta.example>:

> Paketet gick i måndags.
>`,
  "Outlook in Swedish": `Från: Lykta Böcker <butik@lykta.example>
Skickat: den 4 mars 2025 09:12
Till: Nora <nora@home.example>
Ämne: Din chatt

Paketet gick i måndags.`,
  "Gmail in Danish": `Den tirs. 4. mar. 2025 kl. 09.12 skrev Lygte Bøger <butik@lygte.example>:

> Pakken gik i mandags.
>`,
  "Outlook in Danish": `Fra: Lygte Bøger <butik@lygte.example>
Sendt: 4. marts 2025 09:12
Til: Nora <nora@home.example>
Emne: Din samtale

Pakken gik i mandags.`,
  "Gmail in Norwegian": `tir. 4. mar. 2025 kl. 09:12 skrev Lykt Bøker <butikk@lykt.example>:

> Pakken gikk på mandag.
>`,
  "Gmail in Finnish": `ti 4. maalisk. 2025 klo 9.12 Lyhty Kirjat (kauppa@lyhty.example) kirjoitti:

> Paketti lähti maanantaina.
>`,
  "Outlook in Finnish": `Lähettäjä: Lyhty Kirjat <kauppa@lyhty.example>
Lähetetty: tiistai 4. maaliskuuta 2025 9.12
Vastaanottaja: Nora <nora@home.example>
Aihe: Keskustelusi

Paketti lähti maanantaina.`,
  "Gmail in Turkish": `Fener Kitap <dukkan@fener.example>, 4 Mar 2025 Sal, 09:12 tarihinde şunu
yazdı:

> Paketiniz pazartesi yola çıktı.
>`,
  "Outlook in Turkish": `Gönderen: Fener Kitap <dukkan@fener.example>
Gönderildi: 4 Mart 2025 Salı 09:12
Kime: Nora <nora@home.example>
Konu: Sohbetiniz

Paketiniz pazartesi yola çıktı.`,
  "Gmail in Hungarian": `Lámpás Könyvek <bolt@lampas.example> ezt írta (időpont: 2025. márc. 4., K,
9:12):

> A csomag hétfőn elindult.
>`,
  "Gmail in Romanian": `În mar., 4 mar. 2025 la 09:12, Cărți Felinar <magazin@felinar.example> a scris:

> Coletul a plecat luni.
>`,
  "Gmail in Greek": `Στις Τρί 4 Μαρ 2025 στις 9:12 π.μ., ο/η Βιβλία Φανός <shop@fanos.example>
έγραψε:

> Το δέμα έφυγε τη Δευτέρα.
>`,
  "Gmail in Bulgarian": `На вт, 4.03.2025 г. в 9:12 Книги Фенер <shop@fener.example> написа:

> Пратката тръгна в понеделник.
>`,
  "Gmail in Croatian": `uto, 4. ožu 2025. u 09:12 Knjige Fenjer <trgovina@fenjer.example> napisao je:

> Paket je krenuo u ponedjeljak.
>`,
  "Gmail in Hebrew": `\u202bבתאריך יום ג׳, 4 במרץ 2025 ב-9:12 מאת \u202aLantern Books\u202c\u200f <\u202ashop@lantern.example\u202c\u200f>:\u202c

> החבילה יצאה ביום שני.
>`,
  "Gmail in Arabic": `في الثلاثاء، 4 مارس 2025 في 9:12 ص تمت كتابة ما يلي بواسطة Lantern Books <
shop@lantern.example>:

> غادر الطرد يوم الاثنين.
>`,
  "Gmail in Japanese": `2025年3月4日(火) 9:12 灯書店 <shop@akari.example>:

> 荷物は月曜日に出ました。
>`,
  "Apple Mail in Japanese": `iPhoneから送信

> 2025/03/04 9:12、灯書店 <shop@akari.example>のメール:
>
> 荷物は月曜日に出ました。`,
  "Outlook in Japanese": `差出人: 灯書店 <shop@akari.example>
送信日時: 2025年3月4日 9:12
宛先: Nora <nora@home.example>
件名: チャット

荷物は月曜日に出ました。`,
  "Gmail in Korean": `2025년 3월 4일 (화) 오전 9:12, 등불서점 <shop@deungbul.example>님이 작성:

> 소포가 월요일에 출발했습니다.
>`,
  "Naver in Korean": `-----Original Message-----
From: "등불서점" <shop@deungbul.example>
To: <nora@home.example>;
Cc:
Sent: 2025-03-04 (화) 09:12:00 (GMT+09:00)
Subject: 대화

소포가 월요일에 출발했습니다.`,
  "Gmail in Chinese": `灯书店 <shop@deng.example> 于2025年3月4日周二 09:12写道：

> 包裹周一已发出。
>`,
  "QQ in Chinese": `------------------ 原始邮件 ------------------
发件人: "灯书店" <shop@deng.example>;
发送时间: 2025年3月4日(星期二) 上午9:12
收件人: "Nora"<nora@home.example>;
主题: 对话

包裹周一已发出。`,
  "163 in Chinese": `在 2025-03-04 09:12:33，"灯书店" <shop@deng.example> 写道：

包裹周一已发出。`,
  "Gmail in Vietnamese": `Vào Th 3, 4 thg 3, 2025 vào lúc 09:12 Sách Đèn <shop@den.example> đã viết:

> Gói hàng đã đi hôm thứ Hai.
>`,
  "Gmail in Indonesian": `Pada tanggal Sel, 4 Mar 2025 pukul 09.12 Buku Lentera <toko@lentera.example>
menulis:

> Paket berangkat hari Senin.
>`,
  Zoho: `---- On Tue, 04 Mar 2025 09:12:33 +0100 Lantern Books <shop@lantern.example> wrote ---

 Your parcel left on Monday.`,
  "Gmail's forward": `---------- Forwarded message ---------
From: Lantern Books <shop@lantern.example>
Date: Tue, Mar 4, 2025 at 9:12 AM
Subject: Your chat
To: <nora@home.example>


Your parcel left on Monday.`,
  "Gmail's forward in German": `---------- Forwarded message ---------
Von: Laterne Bücher <laden@laterne.example>
Date: Di., 4. März 2025 um 09:12 Uhr
Subject: Ihr Chat
To: <nora@home.example>


Ihr Paket ging am Montag ab.`,
  "Apple's forward in French": `Début du message transféré :

De: Livres Lanterne <boutique@lanterne.example>
Objet: Votre conversation
Date: 4 mars 2025 à 09:12:33 UTC+1
À: nora@home.example

Votre colis est parti lundi.`,
  "A header block run together": `*From:* Lantern Books <shop@lantern.example> *Sent:* Tuesday, March 4, 2025 9:12 AM *To:* Nora *Subject:* Lamps

Your parcel left on Monday.`,
  "A phone that names only the writer": `-------- Lantern Books wrote --------

Your parcel left on Monday.`,
  "Gmail on Android in German": `Laterne Bücher <laden@laterne.example> schrieb am Di., 4. März 2025, 09:12:

> Ihr Paket ging am Montag ab.`,
  "An unknown language, quoted": `Ar 4 Maw 2025, am 9:12 y bore, ysgrifennodd Llyfrau Llusern <siop@llusern.example>:

> Gadawodd eich parsel ddydd Llun.`,
};
