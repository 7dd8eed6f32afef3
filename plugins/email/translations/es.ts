import type { Messages } from "./messages.js";

export const es: Messages = {
  sender: "{agents} vía {company}",
  subject: "{company} ha respondido a su chat del {day}",
  greeting: "Hola:",
  greetingNamed: "Hola, {name}:",
  introduction: "{company} ha respondido a su chat del {day}.",
  introductionNamed: "{agents} de {company} {count, plural, one {ha} other {han}} respondido a su chat del {day}.",
  wholeConversation: "Esta es su conversación completa:",
  earlierMessages:
    "{count, plural, one {Hay # mensaje anterior} many {Hay # de mensajes anteriores} other {Hay # mensajes anteriores}} en el sitio web.",
  moreReplies:
    "{count, plural, one {Hay # respuesta nueva más} many {Hay # de respuestas nuevas más} other {Hay # respuestas nuevas más}} en el sitio web.",
  attachedMessages:
    "{count, plural, one {Hay # mensaje más} many {Hay # de mensajes más} other {Hay # mensajes más}} en el archivo adjunto {file}.",
  restOnWebsite: "El resto de este mensaje está en el sitio web.",
  restAttached: "El resto de este mensaje está en el archivo adjunto {file}.",
  you: "Usted",
  newReply: "Nueva respuesta de {author}",
  attachedFile: "Adjunto: {name} ({size})",
  linkedFile: "Descargar: {name} ({size})",
  goneFile: "{name} ya no está disponible.",
  unnamedFile: "archivo",
  bytes: "{count, plural, one {# byte} many {# de bytes} other {# bytes}}",
  kilobytes: "{count, number} KB",
  megabytes: "{count, number, ::.0} MB",
  continueConversation: "Continuar la conversación",
  answerByEmail: "Para contestar, responda a este correo o continúe la conversación en el sitio web.",
  answerOnWebsite:
    "Para contestar, continúe la conversación en el sitio web: las respuestas a este correo no nos llegan.",
  readOnWebsite: "Para leer la respuesta, abra la conversación en el sitio web.",
  footer: "Recibe este correo porque escribió a {company} en el chat de su sitio web.",
  footerUnproven:
    "Recibe este correo porque esta dirección se introdujo en el chat del sitio web de {company}. Si no fue usted, puede ignorar este correo.",
  optOut: "No recibir más correos sobre esta conversación",
  unsubscribeTitle: "Correos de {company}",
  unsubscribeOffer: "Cuando {company} responde en el chat mientras usted no está, la respuesta se le envía por correo.",
  unsubscribeChatStays: "Elija lo que elija, sus conversaciones permanecen en el chat del sitio web.",
  unsubscribeStop: "No recibir más correos sobre esta conversación",
  unsubscribeStopAll: "No recibir ningún correo más",
  unsubscribeResume: "Volver a recibir correos sobre esta conversación",
  unsubscribeResumeAll: "Volver a recibir correos",
  unsubscribeStopped: "No habrá más correos sobre esta conversación",
  unsubscribeStoppedMeans:
    "{company} ya no le enviará correos sobre ella. Sobre otras conversaciones, todavía es posible.",
  unsubscribeStoppedAll: "No habrá más correos",
  unsubscribeStoppedAllMeans: "{company} ya no le enviará correos sobre ninguna conversación.",
  unsubscribeUnderWay: "Es posible que aún le llegue un correo que ya esté en camino.",
  unsubscribeErased: "No se le enviará nada más",
  unsubscribeErasedMeans: "{company} ha borrado sus datos: ya no queda nada que cancelar.",
  unsubscribeUnknown: "Este enlace no funciona",
  unsubscribeUnknownMeans:
    "Puede que esté incompleto o que sea demasiado antiguo. Abra el enlace de un correo más reciente de {company}, o indique en el chat de su sitio web que no desea recibir más.",
  unsubscribeUnclear: "No se indicó qué se debe cancelar. Elíjalo aquí.",
};
