/**
 * File extensions that are not accepted, because opening such a file can run code, install something or lead elsewhere.
 * Compiled on 2026-11-30 from
 * - Gmail, "File types blocked in Gmail": https://support.google.com/mail/answer/6590, all of it;
 * - Outlook, "Blocked attachments in Outlook":
 *   https://support.microsoft.com/office/blocked-attachments-in-outlook-434752e1-02d3-4e90-9124-8b81e49a8519;
 * - Chromium, components/safe_browsing/content/resources/download_file_types.asciipb, version 49: what is DANGEROUS or
 *   ALLOW_ON_USER_GESTURE on any platform;
 * - Office files whose format exists to hold macros, and files that load data or code from elsewhere when opened.
 *
 * Left out, because honest visitors send them and opening them runs nothing: certificates (cer, crt, der), mails (eml,
 * msg), XML (xml, xsd, xsl), settings (cfg, ini), Visio without macros (vsd, vsdx, vssx, vstx), CorelDRAW (cdr), playlists (asx),
 * archives, and Office's old formats (doc, xls, ppt), in which Office disables macros of files from the internet.
 */
const groups: Readonly<Record<string, string>> = {
  "programs and libraries": `app appimage com cpi cpl dex dll drv dylib efi elf ex ex_ exe fon gadget kext lib local macho
    manifest nsh ocx out paf partial pif prefpane prg run saver scr seplugin service snap spl swf sys u3p vxd wll xbap xll`,
  installers: `aab apk apkm apks appinstaller appx appxbundle btapp cab crx deb diagcab diagcfg diagpkg emsix emsixbundle flatpak
    flatpakref ipa mpkg msi msix msixbundle msp mst msu oxt pet pkg pup rpm slp vsix vsto xapk xip xpi`,
  scripts: `asp aspx bas bash bat cdxml class cmd command csh fish fxp hta htc htt inx isu its jar jnlp job js jse ksh mjs mof
    msh msh1 msh1xml msh2 msh2xml mshxml php pl plg ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 psm1 psrc pssc py pyc pyd pyo pyw pyz
    pyzw rb rgs sct sh shar shb shs tcsh tool vb vbe vbp vbs vbscript vsmacros vsw ws wsc wsf wsh zsh`,
  "automation on macOS": `action applescript caction definition osas osax scpt scptd terminal wflow workflow`,
  "shortcuts and what opens something else": `appcontent-ms application appref-ms desktop fileloc grp inetloc library-ms lnk pcd
    printerexport rdp scf search-ms searchconnector-ms settingcontent-ms udl url webloc webpnp website wsb xnk xrm-ms`,
  "settings of the system": `configprofile deskthemepack inf ins internetconnect isp mobileconfig networkconnect ops osd prf reg
    rels theme themepack`,
  "help and web archives": `chi chm cnt hlp hpj mht mhtml mmc msc`,
  "disk images": `dart dc42 diskcopy42 dmg dmgpart dvdr img imgpart iso ndif smi sparsebundle sparseimage toast udif vhd vhdx`,
  "Office files with macros, add-ins": `docb docm dotm potm ppa ppam ppsm pptm sldm vsdm vssm vstm xla xlam xldm xlm xlsb xlsm xltm
    xlw`,
  "Office files that load data": `dqy iqy odc oqy rqy slk`,
  OneNote: `one onepkg onetoc2`,
  Access: `accda accdb accde accdr accdu ade adp mad maf mag mam maq mar mas mat mau mav maw mcf mda mdb mde mdt mdw mdz`,
  Outlook: `pst`,
};

/** In lower case, without the dot. */
export const blockedExtensions: ReadonlySet<string> = new Set(Object.values(groups).join(" ").split(/\s+/));
