/** As `quoted-tails.ts`, but not used while the rules were written. */
export const unseenQuotedTails: Readonly<Record<string, string>> = {
  "Gmail in English, 24 hours": `On Tue, 4 Mar 2025 at 09:12, Lantern Books <shop@lantern.example> wrote:

> Your parcel left on Monday.`,
  "Gmail in English, unquoted and with a long name": `On Tue, Mar 4, 2025 at 9:12 AM 'The long name of a bookshop that sells lanterns' via
Customer Care <care@lantern.example> wrote:

Your parcel left on Monday.`,
  "mutt in English": `On Tue, Mar 04, 2025 at 09:12:33AM +0100, Lantern Books wrote:
> Your parcel left on Monday.`,
  "Outlook for Mac": `From: Lantern Books <shop@lantern.example>
Date: Tuesday, 4 March 2025 at 09:12
To: Nora <nora@home.example>
Subject: Re: Your chat
Your parcel left on Monday.`,
  "K-9 in English": `-------- Original Message --------
From: Lantern Books <shop@lantern.example>
Sent: 4 March 2025 09:12:33 CET
To: nora@home.example
Subject: Your chat

Your parcel left on Monday.`,
  "Windows Mail": `Sent from Mail for Windows

From: Lantern Books
Sent: 04 March 2025 09:12
To: Nora
Subject: Your chat

Your parcel left on Monday.`,
  Zimbra: `----- Original Message -----
From: "Lantern Books" <shop@lantern.example>
To: "nora" <nora@home.example>
Sent: Tuesday, March 4, 2025 9:12:33 AM
Subject: Your chat

Your parcel left on Monday.`,
  Postbox: `Lantern Books wrote on 3/4/25 9:12 AM:
> Your parcel left on Monday.`,
  Tutanota: `--
Sent with Tuta; enjoy secure & ad-free emails.


4 Mar 2025, 09:12 by shop@lantern.example:

> Your parcel left on Monday.
>`,
  Spark: `On 4 Mar 2025 at 09:12 +0100, Lantern Books <shop@lantern.example>, wrote:
> Your parcel left on Monday.`,
  "Yahoo on Android": `Sent from Yahoo Mail on Android

  On Tue, 4 Mar 2025 at 9:12, Lantern Books<shop@lantern.example> wrote:   Your parcel left on Monday.`,
  "Outlook on Android in German": `Outlook für Android<https://aka.ms/AAb9ysg> herunterladen
________________________________
Von: Laterne Bücher <laden@laterne.example>
Gesendet: Dienstag, März 4, 2025 9:12:33 AM
An: Nora <nora@home.example>
Betreff: Ihr Chat

Ihr Paket ging am Montag ab.`,
  "Lotus Notes in German": `Von:        "Laterne Bücher" <laden@laterne.example>
An:        <nora@home.example>
Datum:        04.03.2025 09:12
Betreff:        Ihr Chat



Ihr Paket ging am Montag ab.`,
  "Samsung in German": `Von meinem/meiner Galaxy gesendet


-------- Ursprüngliche Nachricht --------
Von: Laterne Bücher <laden@laterne.example>
Datum: 04.03.25 09:12 (GMT+01:00)
An: nora@home.example
Betreff: Ihr Chat

Ihr Paket ging am Montag ab.`,
  "Apple's forward in German": `> Anfang der weitergeleiteten Nachricht:
>
> Von: Laterne Bücher <laden@laterne.example>
> Betreff: Ihr Chat
> Datum: 4. März 2025 um 09:12:33 MEZ
> An: nora@home.example
>
> Ihr Paket ging am Montag ab.`,
  "Thunderbird in French": `Le 04/03/2025 à 09:12, Livres Lanterne a écrit :
> Votre colis est parti lundi.`,
  "Zimbra in French": `----- Mail original -----
De: "Livres Lanterne" <boutique@lanterne.example>
À: "nora" <nora@home.example>
Envoyé: Mardi 4 Mars 2025 09:12:33
Objet: Votre conversation

Votre colis est parti lundi.`,
  "iPhone in French": `Envoyé de mon iPhone

> Le 4 mars 2025 à 09:12, Livres Lanterne <boutique@lanterne.example> a écrit :
>
> \ufeffVotre colis est parti lundi.`,
  "Outlook on iOS in Spanish": `Obtener Outlook para iOS<https://aka.ms/o0ukef>
________________________________
De: Libros Farol <tienda@farol.example>
Enviado: Tuesday, March 4, 2025 9:12:33 AM
Para: Nora <nora@home.example>
Asunto: Su conversación

Su paquete salió el lunes.`,
  "Apple Mail in Spanish": `> El 4 mar 2025, a las 9:12, Libros Farol <tienda@farol.example> escribió:
>
> Su paquete salió el lunes.`,
  "iPhone in Italian": `Inviato da iPhone

> Il giorno 4 mar 2025, alle ore 09:12, Libri Lanterna <negozio@lanterna.example> ha scritto:
>
> Il pacco è partito lunedì.`,
  "Thunderbird in Portuguese": `Em 04/03/2025 09:12, Livros Lanterna escreveu:
> O pacote saiu na segunda.`,
  "Apple Mail in Portuguese": `> No dia 04/03/2025, às 09:12, Livros Lanterna <loja@lanterna.example> escreveu:
>
> O pacote saiu na segunda.`,
  "Outlook on Android in Dutch": `Outlook voor Android<https://aka.ms/AAb9ysg> downloaden
________________________________
Van: Lantaarn Boeken <winkel@lantaarn.example>
Verzonden: dinsdag 4 maart 2025 09:12
Aan: Nora <nora@home.example>
Onderwerp: Uw gesprek

Uw pakket is maandag vertrokken.`,
  "Apple Mail in Dutch": `Verstuurd vanaf mijn iPhone

> Op 4 mrt 2025 om 09:12 heeft Lantaarn Boeken <winkel@lantaarn.example> het volgende geschreven:
>
> Uw pakket is maandag vertrokken.`,
  "Old Outlook in Polish": `-----Oryginalna wiadomość-----
From: Księgarnia Latarnia
Sent: Tuesday, March 4, 2025 9:12 AM
To: nora@home.example
Subject: Rozmowa

Paczka wyszła w poniedziałek.`,
  "Onet in Polish": `Dnia 4 marca 2025 09:12 Księgarnia Latarnia <sklep@latarnia.example> napisał(a):

Paczka wyszła w poniedziałek.`,
  "Forward in Russian": `-------- Пересылаемое сообщение --------
От кого: Книги Фонарь <shop@fonar.example>
Кому: nora@home.example
Дата: Вторник, 4 марта 2025, 9:12 +03:00
Тема: Ваш разговор

Посылка ушла в понедельник.`,
  "Ukr.net in Ukrainian": `--- Оригінальне повідомлення ---
Від кого: "Книги Ліхтар" <shop@lihtar.example>
Дата: 4 березня 2025, 09:12:33

Посилка вирушила в понеділок.`,
  "Apple Mail in Ukrainian": `> 4 бер. 2025 р. о 09:12 Книги Ліхтар <shop@lihtar.example> написав(ла):
>
> Посилка вирушила в понеділок.`,
  "Seznam in Czech": `---------- Původní e-mail ----------
Od: Knihy Lucerna <obchod@lucerna.example>
Komu: nora@home.example
Datum: 4. 3. 2025 9:12:33
Předmět: Vaše konverzace

Balík odešel v pondělí.`,
  "Gmail in Slovak": `ut 4. 3. 2025 o 9:12 Knihy Lampáš <obchod@lampas.example> napísal(a):

> Balík odišiel v pondelok.
>`,
  "Outlook in Norwegian": `Fra: Lykt Bøker <butikk@lykt.example>
Sendt: tirsdag 4. mars 2025 09:12
Til: Nora <nora@home.example>
Emne: Samtalen din

Pakken gikk på mandag.`,
  "iPhone in Swedish": `Skickat från min iPhone

> 4 mars 2025 kl. 09:12 skrev Lykta Böcker <butik@lykta.example>:
>
> Paketet gick i måndags.`,
  "Outlook in Hungarian": `Feladó: Lámpás Könyvek <bolt@lampas.example>
Elküldve: 2025. március 4., kedd 9:12
Címzett: Nora <nora@home.example>
Tárgy: Beszélgetés

A csomag hétfőn elindult.`,
  "Outlook in Romanian": `De la: Cărți Felinar <magazin@felinar.example>
Trimis: marți, 4 martie 2025 09:12
Către: Nora <nora@home.example>
Subiect: Conversația

Coletul a plecat luni.`,
  "Outlook in Greek": `Από: Βιβλία Φανός <shop@fanos.example>
Στάλθηκε: Τρίτη, 4 Μαρτίου 2025 9:12 πμ
Προς: Nora <nora@home.example>
Θέμα: Η συνομιλία

Το δέμα έφυγε τη Δευτέρα.`,
  "Outlook in Arabic": `من: Lantern Books <shop@lantern.example>
تم الإرسال: الثلاثاء، 4 مارس 2025 9:12
إلى: Nora <nora@home.example>
الموضوع: محادثتك

غادر الطرد يوم الاثنين.`,
  "Outlook in Chinese": `发件人: 灯书店 <shop@deng.example>
发送时间: 2025年3月4日 9:12
收件人: Nora <nora@home.example>
主题: 对话

包裹周一已发出。`,
  "Gmail in Chinese of Taiwan": `燈書店 <shop@deng.example> 於 2025年3月4日 週二 上午9:12寫道：

> 包裹週一已寄出。
>`,
  "Outlook in Korean": `보낸 사람: 등불서점 <shop@deungbul.example>
보낸 날짜: 2025년 3월 4일 화요일 오전 9:12
받는 사람: Nora <nora@home.example>
제목: 대화

소포가 월요일에 출발했습니다.`,
  "Gmail in Farsi": `در تاریخ سه‌شنبه ۴ مارس ۲۰۲۵،‏ ۹:۱۲ Lantern Books <shop@lantern.example> نوشت:

> بسته دوشنبه رفت.
>`,
  "Gmail in Catalan": `Missatge de Llibres Fanal <botiga@fanal.example> del dia dt., 4 de març 2025 a
les 9:12:

> El paquet va sortir dilluns.
>`,
  "Gmail in Lithuanian": `2025-03-04, an, 09:12 Knygos Žibintas <parduotuve@zibintas.example> rašė:

> Siuntinys išvyko pirmadienį.
>`,
  "Gmail in Latvian": `otrd., 2025. g. 4. marts, plkst. 09:12 — lietotājs Grāmatas Laterna (<
veikals@laterna.example>) rakstīja:

> Sūtījums aizgāja pirmdien.
>`,
  "Gmail in Estonian": `Kirjutas Latern Raamatud (<pood@latern.example>) kuupäeval T, 4. märts 2025
kell 09:12:

> Pakk läks teele esmaspäeval.
>`,
  "Gmail in Thai": `ในวันที่ อ. 4 มี.ค. 2025 เวลา 09:12 Lantern Books <shop@lantern.example>
เขียนว่า:

> พัสดุออกเมื่อวันจันทร์
>`,
};
