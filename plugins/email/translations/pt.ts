import type { Messages } from "./messages.js";

// Words that Portugal and Brazil share: "anexo" rather than "ficheiro" or "arquivo".
export const pt: Messages = {
  sender: "{agents} via {company}",
  subject: "{company} respondeu à sua conversa de {day}",
  greeting: "Olá,",
  greetingNamed: "Olá, {name},",
  introduction: "{company} respondeu à sua conversa de {day}.",
  introductionNamed:
    "{agents} ({company}) {count, plural, one {respondeu} other {responderam}} à sua conversa de {day}.",
  wholeConversation: "Esta é a conversa completa:",
  earlierMessages:
    "{count, plural, one {# mensagem anterior está} many {# de mensagens anteriores estão} other {# mensagens anteriores estão}} no site.",
  moreReplies:
    "{count, plural, one {Mais # nova resposta está} many {Mais # de novas respostas estão} other {Mais # novas respostas estão}} no site.",
  attachedMessages:
    "{count, plural, one {Mais # mensagem está} many {Mais # de mensagens estão} other {Mais # mensagens estão}} no anexo {file}.",
  restOnWebsite: "O resto desta mensagem está no site.",
  restAttached: "O resto desta mensagem está no anexo {file}.",
  you: "A sua mensagem",
  newReply: "Nova resposta de {author}",
  attachedFile: "Anexo: {name} ({size})",
  linkedFile: "Transferir: {name} ({size})",
  goneFile: "{name} já não está disponível.",
  unnamedFile: "anexo",
  bytes: "{count, plural, one {# byte} many {# de bytes} other {# bytes}}",
  kilobytes: "{count, number} KB",
  megabytes: "{count, number, ::.0} MB",
  continueConversation: "Continuar a conversa",
  answerByEmail: "Para responder, basta responder a este e-mail ou continuar a conversa no site.",
  answerOnWebsite: "Para responder, continue a conversa no site: as respostas a este e-mail não chegam até nós.",
  readOnWebsite: "Para ler a resposta, abra a conversa no site.",
  footer: "Este e-mail foi enviado porque escreveu para {company} no chat do site.",
  footerUnproven:
    "Este e-mail foi enviado porque este endereço foi introduzido no chat do site de {company}. Se não foi quem o introduziu, pode ignorar este e-mail.",
  optOut: "Não receber mais e-mails sobre esta conversa",
  unsubscribeTitle: "E-mails de {company}",
  unsubscribeOffer: "Quando {company} responde no chat durante a sua ausência, a resposta é enviada para o seu e-mail.",
  unsubscribeChatStays: "Qualquer que seja a escolha, as suas conversas continuam no chat do site.",
  unsubscribeStop: "Não receber mais e-mails sobre esta conversa",
  unsubscribeStopAll: "Não receber mais nenhum e-mail",
  unsubscribeResume: "Voltar a receber e-mails sobre esta conversa",
  unsubscribeResumeAll: "Voltar a receber e-mails",
  unsubscribeStopped: "Sem mais e-mails sobre esta conversa",
  unsubscribeStoppedMeans:
    "{company} não enviará mais e-mails sobre ela. Sobre outras conversas, isso ainda é possível.",
  unsubscribeStoppedAll: "Sem mais e-mails",
  unsubscribeStoppedAllMeans: "{company} não enviará mais e-mails sobre nenhuma conversa.",
  unsubscribeUnderWay: "Um e-mail que já esteja a caminho ainda pode chegar.",
  unsubscribeErased: "Nada mais será enviado",
  unsubscribeErasedMeans: "{company} apagou os seus dados: não há mais nada a cancelar.",
  unsubscribeUnknown: "Este link não funciona",
  unsubscribeUnknownMeans:
    "Pode estar incompleto ou ser muito antigo. Abra o link de um e-mail mais recente de {company}, ou diga no chat do site que não quer receber mais.",
  unsubscribeUnclear: "Não foi indicado o que deve ser cancelado. Escolha aqui.",
};
