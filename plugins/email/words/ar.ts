import type { Sentences } from "./sentences.js";

// Nominal sentences: a verb would have to agree with people whose gender is not known.
export const ar: Sentences = {
  sender: "{agents} عبر {company}",
  subject: "رد من {company} على محادثتك بتاريخ {day}",
  greeting: "مرحبًا،",
  greetingNamed: "مرحبًا {name}،",
  introduction: "لديك رد من {company} على محادثتك بتاريخ {day}.",
  introductionNamed: "لديك رد من {agents} من {company} على محادثتك بتاريخ {day}.",
  wholeConversation: "هذه هي المحادثة كاملة:",
  earlierMessages:
    "{count, plural, zero {لا رسائل سابقة} one {رسالة سابقة واحدة موجودة} two {رسالتان سابقتان موجودتان} few {# رسائل سابقة موجودة} many {# رسالة سابقة موجودة} other {# رسالة سابقة موجودة}} على الموقع.",
  moreReplies:
    "{count, plural, zero {لا ردود جديدة أخرى} one {رد جديد آخر موجود} two {ردان جديدان آخران موجودان} few {# ردود جديدة أخرى موجودة} many {# ردًا جديدًا آخر موجودة} other {# رد جديد آخر موجودة}} على الموقع.",
  attachedMessages:
    "{count, plural, zero {لا رسائل أخرى} one {رسالة أخرى واحدة موجودة} two {رسالتان أخريان موجودتان} few {# رسائل أخرى موجودة} many {# رسالة أخرى موجودة} other {# رسالة أخرى موجودة}} في الملف المرفق {file}.",
  restOnWebsite: "بقية هذه الرسالة موجودة على الموقع.",
  restAttached: "بقية هذه الرسالة موجودة في الملف المرفق {file}.",
  you: "أنت",
  newReply: "رد جديد من {author}",
  attachedFile: "مرفق: {name} ({size})",
  linkedFile: "للتنزيل: {name} ({size})",
  goneFile: "الملف {name} لم يعد متاحًا.",
  unnamedFile: "ملف",
  bytes: "{count, plural, zero {# بايت} one {بايت واحد} two {بايتان} few {# بايتات} many {# بايتًا} other {# بايت}}",
  kilobytes: "{count, number} كيلوبايت",
  megabytes: "{count, number, ::.0} ميغابايت",
  continueConversation: "متابعة المحادثة",
  answerByEmail: "للإجابة، يكفي الرد على هذه الرسالة أو متابعة المحادثة على الموقع.",
  answerOnWebsite: "للإجابة، يُرجى متابعة المحادثة على الموقع: الردود على هذه الرسالة لا تصل إلينا.",
  footer: "وصلتك هذه الرسالة لأنك كتبت إلى {company} في الدردشة على موقعها.",
  optOut: "عدم تلقي مزيد من الرسائل بشأن هذه المحادثة",
};
