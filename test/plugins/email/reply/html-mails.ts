/** An HTML mail as a program writes it around invented words, and the new text in it. */
export interface HtmlMail {
  readonly html: string;
  readonly text?: string;
  readonly expected: string;
  readonly layer?: string;
}

export const htmlMails: Readonly<Record<string, HtmlMail>> = {
  Gmail: {
    html: `<div dir="ltr">Blue, please.<div><br></div><div>The <b>large</b> one.</div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Tue, Mar 4, 2025 at 9:12 AM Lantern Books &lt;<a href="mailto:shop@lantern.example">shop@lantern.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><p>Which colour?</p></blockquote></div>`,
    text: "Blue, please.\n\nThe *large* one.\n\nOn Tue, Mar 4, 2025 at 9:12 AM Lantern Books <shop@lantern.example> wrote:\n\n> Which colour?\n",
    expected: "Blue, please.\n\nThe large one.",
    layer: "structure",
  },
  "Gmail with answers between": {
    html: `<div dir="ltr">Hello,<br></div><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, Mar 4, 2025 at 9:12 AM Lantern Books &lt;shop@lantern.example&gt; wrote:<br></div><blockquote class="gmail_quote">Which colour?</blockquote><div>Blue.</div><blockquote class="gmail_quote">Which size?</blockquote><div>Large.</div><blockquote class="gmail_quote">Greetings</blockquote></div>`,
    expected: "Hello,\n\n> Which colour?\n\nBlue.\n\n> Which size?\n\nLarge.",
  },
  "Gmail with the answer below": {
    html: `<div dir="ltr"><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, Mar 4, 2025 at 9:12 AM Lantern Books &lt;shop@lantern.example&gt; wrote:<br></div><blockquote class="gmail_quote">Which colour?</blockquote><div><br></div><div>Blue.</div></div></div>`,
    expected: "Blue.",
  },
  "Gmail's forward": {
    html: `<div dir="ltr">See below.<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong>Lantern Books</strong> &lt;shop@lantern.example&gt;<br>Date: Tue, Mar 4, 2025<br>Subject: Lamps<br>To: &lt;nora@home.example&gt;<br></div><br><br>Your parcel left.<blockquote>An offer</blockquote>Greetings</div></div>`,
    expected: "See below.",
  },
  "Gmail with a signature": {
    html: `<div dir="ltr"><div>Blue.</div><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">Nora Home<br>Home Office</div></div>`,
    expected: "Blue.",
  },
  "Outlook on the web": {
    html: `<html><head><style>P {margin-top:0}</style></head><body dir="ltr"><div class="elementToProof">Blue, please.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>Van:</b> Lantaarn<br><b>Verzonden:</b> dinsdag<br></font></div><div>Welke kleur?</div></body></html>`,
    expected: "Blue, please.",
    layer: "structure",
  },
  "Outlook on Windows, in a language that no table knows": {
    html: `<div class="WordSection1"><p class="MsoNormal">Blue, please.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Nora<o:p></o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Oddi wrth:</b> Llusern<br><b>Pwnc:</b> Sgwrs<o:p></o:p></p></div></div><p class="MsoNormal">Pa liw?</p></div>`,
    expected: "Blue, please.\n\nNora",
    layer: "structure",
  },
  "Outlook on Windows in German, with the text part beside it": {
    html: `<div class="WordSection1"><p class="MsoNormal">Blau, bitte.</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>Von:</b> Laterne</p></div><p class="MsoNormal">Welche Farbe?</p></div>`,
    text: "Blau, bitte.\n\nVon: Laterne\n\nWelche Farbe?",
    expected: "Blau, bitte.",
  },
  "Outlook on phones": {
    html: `<div>Blue.</div><div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div><div id="mail-editor-reference-message-container"><hr><div><b>From:</b> Lantern</div><div>Which colour?</div></div>`,
    expected: "Blue.",
  },
  "Outlook for Mac, old": {
    html: `<div>Blue.</div><span id="OLK_SRC_BODY_SECTION"><div><b>From: </b>Lantern<br></div><div>Which colour?</div></span>`,
    expected: "Blue.",
  },
  "Apple Mail": {
    html: `<html><body>Blue, please.<br><div><br><blockquote type="cite"><div>On 4 Mar 2025, at 09:12, Lantern Books &lt;shop@lantern.example&gt; wrote:</div><br><div>Which colour?</div></blockquote></div></body></html>`,
    expected: "Blue, please.",
  },
  "Apple Mail with answers between": {
    html: `<body>Hello,<div><br><blockquote type="cite"><div>On 4 Mar 2025, at 09:12, Lantern Books &lt;shop@lantern.example&gt; wrote:</div><br><div>Which colour?</div></blockquote><div>Blue.</div><blockquote type="cite"><div>Which size?</div></blockquote><div>Large.</div></div></body>`,
    expected: "Hello,\n\n> Which colour?\n\nBlue.\n\n> Which size?\n\nLarge.",
  },
  Thunderbird: {
    html: `<p>Blue, please.</p><div class="moz-cite-prefix">Am 04.03.25 um 09:12 schrieb Laterne:<br></div><blockquote type="cite" cite="mid:1@x.example"><p>Welche Farbe?</p></blockquote><div class="moz-signature">-- <br>Nora</div>`,
    expected: "Blue, please.",
  },
  Yahoo: {
    html: `<div class="yahoo-style-wrap"><div>Blue.</div></div><div id="yahoo_quoted_12" class="yahoo_quoted"><div>On Tuesday, March 4, 2025, Lantern wrote:</div><div>Which colour?<blockquote>old</blockquote>Bye</div></div>`,
    expected: "Blue.",
  },
  Proton: {
    html: `<div>Blue.</div><div class="protonmail_signature_block"><div>Sent with Proton Mail secure email.</div></div><div class="protonmail_quote">On Tuesday, March 4th, 2025 at 9:12 AM, Lantern &lt;shop@lantern.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">Which colour?</blockquote><br></div>`,
    expected: "Blue.",
  },
  "GMX and web.de": {
    html: `<div><div>Blau.</div><div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid #C3D9E5;"><div><b>Gesendet:</b> Dienstag<br/><b>Von:</b> Laterne</div>Welche Farbe?</div></div></div>`,
    expected: "Blau.",
  },
  Zoho: {
    html: `<div>Blue.</div><br><div class="zmail_extra"><div>---- On Tue, 04 Mar 2025 09:12:33 +0100 <b>Lantern</b> wrote ----</div><blockquote>Which colour?</blockquote></div>`,
    expected: "Blue.",
  },
  "Outlook's copy of a Gmail quote": {
    html: `<div>Blue.</div><div class="x_gmail_quote"><blockquote class="x_gmail_quote">Which colour?</blockquote></div>`,
    expected: "Blue.",
  },
  "a bare blockquote below an attribution": {
    html: `<p>Bleu.</p><p>Le 04/03/2025 à 09:12, Livres Lanterne a écrit :</p><blockquote><p>Quelle couleur ?</p></blockquote>`,
    expected: "Bleu.",
  },
  "an indentation that the person made": {
    html: `<div>As my aunt says:</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px"><div>blue is best</div></blockquote><div>So blue.</div>`,
    expected: "As my aunt says:\n\nblue is best\n\nSo blue.",
    layer: "untouched",
  },
  "lists, tables, links and faces": {
    html: `<p>I need:</p><ul><li>a lamp<ul><li>blue</li></ul></li><li>a shade</li></ul><ol start="3"><li>soon</li><li>cheap</li></ol><table><tr><th>Size</th><th>Price</th></tr><tr><td>L</td><td>9</td></tr></table><p>See <a href="https://home.example/lamps">my list</a> or <a href="https://home.example/">home.example</a> <img alt="😀" src="cid:1"></p><pre>a
  b</pre><script>alert(1)</script><p style="display:none">hidden</p>`,
    expected:
      "I need:\n\n- a lamp\n\n  - blue\n\n- a shade\n\n3. soon\n4. cheap\n\nSize | Price\nL | 9\n\nSee my list (https://home.example/lamps) or home.example 😀\n\na\n  b",
  },
};

export const unseenHtmlMails: Readonly<Record<string, HtmlMail>> = {
  "Gmail in Japanese": {
    html: `<div dir="ltr">青です。</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">2025年3月4日(火) 9:12 灯書店 &lt;shop@akari.example&gt;:<br></div><blockquote class="gmail_quote">何色ですか。</blockquote></div>`,
    expected: "青です。",
  },
  "Outlook on the web, answered twice": {
    html: `<div>And a red one.</div><div id="x_Signature"><p>Nora</p></div><div id="x_appendonsend"></div><hr tabindex="-1"><div id="x_divRplyFwdMsg"><b>From:</b> Lantern</div><div><div id="x_x_divRplyFwdMsg">older</div></div>`,
    expected: "And a red one.",
  },
  Zimbra: {
    html: `<div>Blue.</div><div><br></div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>De: </b>"Lanterne"<br></div><div data-marker="__QUOTED_TEXT__">Quelle couleur ?</div>`,
    expected: "Blue.",
  },
  QQ: {
    html: `<div>蓝色。</div><div><br></div><div style="font-size:12px"><div>------------------&nbsp;原始邮件&nbsp;------------------</div><div><div><b>发件人:</b>&nbsp;"灯书店" &lt;shop@deng.example&gt;;</div><div><b>发送时间:</b>&nbsp;2025年3月4日</div><div><b>收件人:</b>&nbsp;"Nora";</div><div><b>主题:</b>&nbsp;对话</div></div></div><div>什么颜色？</div>`,
    expected: "蓝色。",
  },
  "Mail.ru": {
    html: `<div>Синий.</div><br><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Вторник, 4 марта 2025, 9:12 +03:00 от Книги &lt;shop@fonar.example&gt;:<br><div>Какой цвет?</div></blockquote>`,
    expected: "Синий.",
  },
  Samsung: {
    html: `<div>Blue.</div><div id="composer_signature"><div style="font-size:85%">Sent from my Galaxy</div></div><div><br></div><div style="font-size:100%"><div>-------- Original message --------</div><div>From: Lantern &lt;shop@lantern.example&gt; </div><div>Date: 04/03/2025  09:12  (GMT+01:00) </div><div>To: nora@home.example </div><div>Subject: Lamps </div></div>Which colour?`,
    expected: "Blue.",
  },
  "a mail whose only words are a signature": {
    html: `<div id="Signature">Nora, Home Office</div>`,
    expected: "Nora, Home Office",
  },
};
