// SPDX-License-Identifier: MIT
#include "cli/messages.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <set>

namespace dcm::cli {
namespace {

Addressee pacs() {
  Addressee peer;
  peer.host = "pacs.example.org";
  peer.port = 11112;
  peer.called_aet = "PACS";
  peer.calling_aet = "RESEARCH";
  return peer;
}

std::string told(Operation operation, Errc code, std::uint32_t detail = 0) {
  const auto peer = pacs();
  return error_text(explain({.code = code, .detail = detail}, {operation, &peer, {}}));
}

std::string told_of_folder(Errc code, std::uint32_t detail = 0) {
  return error_text(explain({.code = code, .detail = detail}, {Operation::store, nullptr, "out"}));
}

TEST(Messages, TellWhyTheServerCannotBeReached) {
  EXPECT_EQ(told(Operation::echo, Errc::unknown_host),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: unknown host\n"
            "hint: check the name, --host\n");
  EXPECT_EQ(told(Operation::find, Errc::connect_failed, ECONNREFUSED),
            "dicom-client: error: search in PACS at pacs.example.org:11112: connection refused\n"
            "hint: nothing listens on port 11112 there: check --port, and that the server runs\n");
  EXPECT_EQ(told(Operation::echo, Errc::connect_failed, ETIMEDOUT),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: connecting timed out\n"
            "hint: a firewall may drop the connection: check --host and --port, or wait longer "
            "with --connect-timeout\n");
  EXPECT_EQ(told(Operation::echo, Errc::connect_failed, EHOSTUNREACH),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: no route to host\n"
            "hint: check --host, --port and the network\n");
  EXPECT_EQ(told(Operation::get, Errc::timed_out),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: the server was "
            "silent for too long\n"
            "hint: wait longer with --timeout, or ask whether the server is well\n");
}

TEST(Messages, TellWhyAnAssociationWasRejected) {
  EXPECT_EQ(told(Operation::echo, Errc::association_rejected, 0x010107),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: association rejected: "
            "called AE title not recognised (1/1/7)\n"
            "hint: the server answers to another AE title than PACS; ask its administrator, then "
            "set --called-aet\n");
  EXPECT_EQ(told(Operation::echo, Errc::association_rejected, 0x010103),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: association rejected: "
            "calling AE title not recognised (1/1/3)\n"
            "hint: ask the server's administrator to register the AE title RESEARCH, or set "
            "--calling-aet to one that is registered\n");
  EXPECT_EQ(told(Operation::get, Errc::association_rejected, 0x020302),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: association "
            "rejected: local limit of associations exceeded (2/3/2)\n"
            "hint: the server is busy: try again later, with fewer --jobs\n");
  EXPECT_EQ(told(Operation::echo, Errc::association_rejected, 0x010101),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: association rejected: "
            "no reason given (1/1/1)\n"
            "hint: the server's log may say more\n");
}

TEST(Messages, TellWhatAnswersInsteadOfDicom) {
  EXPECT_EQ(told(Operation::echo, Errc::not_dicom, static_cast<std::uint32_t>(PeerKind::http)),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: a web server answers "
            "there (HTTP), not a DICOM server\n"
            "hint: --port must be the server's DICOM port, often 104, 4242 or 11112\n");
  EXPECT_EQ(told(Operation::echo, Errc::not_dicom, static_cast<std::uint32_t>(PeerKind::tls)),
            "dicom-client: error: echo to PACS at pacs.example.org:11112: the server wants an "
            "encrypted connection (TLS)\n"
            "hint: add --tls; --tls-ca FILE too, unless the system trusts its certificate\n");
}

TEST(Messages, TellWhatWentWrongWithTls) {
  const auto words = [](Errc code, std::uint32_t detail = 0) {
    const auto text = told(Operation::echo, code, detail);
    const std::string_view begin = "dicom-client: error: echo to PACS at pacs.example.org:11112: ";
    EXPECT_TRUE(text.starts_with(begin)) << text;
    return text.substr(begin.size());
  };
  EXPECT_EQ(words(Errc::no_tls),
            "the server does not answer in TLS\n"
            "hint: --port must be the server's port for TLS, often 2762; a server without TLS is "
            "spoken to without --tls, for all on the way to read\n");
  EXPECT_EQ(words(Errc::no_common_tls),
            "no TLS version or cipher in common: TLS 1.2 or 1.3 with the ciphers of BCP 195 is "
            "needed\n"
            "hint: ask the server's administrator for TLS 1.2 or 1.3\n");
  EXPECT_EQ(words(Errc::certificate_untrusted, 18),
            "the server's certificate is not trusted: it is signed by itself and not known here "
            "(18)\n"
            "hint: ask the server's administrator for the certificate of its authority, and name "
            "that file with --tls-ca\n");
  EXPECT_EQ(words(Errc::certificate_expired),
            "the server's certificate has expired\n"
            "hint: ask the server's administrator for a new one; check this machine's clock\n");
  EXPECT_EQ(words(Errc::certificate_expired, 1),
            "the server's certificate is not valid yet\n"
            "hint: ask the server's administrator for a new one; check this machine's clock\n");
  EXPECT_EQ(words(Errc::certificate_name),
            "the server's certificate is for another name than pacs.example.org\n"
            "hint: check --host; --tls-name NAME if this is the right server under another name\n");
  EXPECT_EQ(words(Errc::certificate_name, 1),
            "the server's certificate is for another name than pacs.example.org: it has no subject "
            "alternative name\n"
            "hint: ask the server's administrator for one with that name among its subject "
            "alternative names\n");
  EXPECT_EQ(words(Errc::client_certificate, 116),
            "the server demands a certificate of ours\n"
            "hint: name it and its key with --tls-cert and --tls-key\n");
  EXPECT_EQ(words(Errc::tls_failed, 159),
            "TLS failed (159)\nhint: the server's log may say more\n");
}

TEST(Messages, ARejectionMayBeOfTheUser) {
  auto peer = pacs();
  peer.user = net::UserIdentity{.primary = "jane", .password = "s3cret"};
  const auto text = error_text(explain({.code = Errc::association_rejected, .detail = 0x010101},
                                       {Operation::echo, &peer, {}}));
  EXPECT_EQ(text,
            "dicom-client: error: echo to PACS at pacs.example.org:11112: association rejected: "
            "no reason given (1/1/1)\n"
            "hint: the server may not accept the user: check --user and --password-file, or "
            "--jwt-file; its log may say more\n");
}

TEST(Messages, TellWhichServiceWasRefused) {
  EXPECT_EQ(told(Operation::find, Errc::context_refused),
            "dicom-client: error: search in PACS at pacs.example.org:11112: C-FIND refused: the "
            "server accepted no presentation context for it\n"
            "hint: ask the server's administrator to allow C-FIND for the AE title RESEARCH\n");
  EXPECT_EQ(told(Operation::get, Errc::context_refused),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: C-GET refused: "
            "the server accepted no presentation context for it\n"
            "hint: ask the server's administrator to allow C-GET for the AE title RESEARCH\n");
  EXPECT_EQ(told(Operation::find, Errc::dimse_status, 0xA700),
            "dicom-client: error: search in PACS at pacs.example.org:11112: C-FIND failed: "
            "refused: out of resources (A700)\n"
            "hint: ask for less at once (--study-date, --patient-id), or try again later\n");
}

TEST(Messages, TellWhereAServerCanSendToUs) {
  const auto peer = pacs();
  const auto told_of_receiving = [&](Errc code, std::uint32_t detail) {
    return error_text(
        explain({.code = code, .detail = detail}, {Operation::receive, &peer, {}, 11113}));
  };
  EXPECT_EQ(told_of_receiving(Errc::dimse_status, 0xA801),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: C-MOVE failed: "
            "refused: move destination unknown (A801)\n"
            "hint: ask the server's administrator to register the AE title RESEARCH with this "
            "machine's address and port 11113\n");
  EXPECT_EQ(told_of_receiving(Errc::dimse_status, 0xC000),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: C-MOVE failed: "
            "unable to process (C000)\n"
            "hint: it may not reach us: ask the server's administrator whether it has the AE title "
            "RESEARCH with this machine's address and port 11113, and whether a firewall is "
            "between\n");
  EXPECT_EQ(error_text(explain({.code = Errc::dimse_status, .detail = 0xC000},
                               {.operation = Operation::receive,
                                .peer = &peer,
                                .receive_port = 11113,
                                .reached = true})),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: C-MOVE failed: "
            "unable to process (C000)\n"
            "hint: the server's log may say more\n");
  EXPECT_EQ(told_of_receiving(Errc::io, EACCES),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: nothing can be "
            "received on port 11113: permission denied\n"
            "hint: choose another port with --receive-port, and have the server know it for "
            "RESEARCH\n");
  EXPECT_EQ(told(Operation::move, Errc::dimse_status, 0xA801),
            "dicom-client: error: move from PACS at pacs.example.org:11112: C-MOVE failed: "
            "refused: move destination unknown (A801)\n"
            "hint: ask the server's administrator to register the destination's AE title with its "
            "host and port\n");
}

TEST(Messages, TellWhatIsWrongWithTheFolder) {
  EXPECT_EQ(told_of_folder(Errc::io, EACCES),
            "dicom-client: error: output folder out: permission denied\n"
            "hint: choose a folder that you may write to, with --output\n");
  EXPECT_EQ(told_of_folder(Errc::io, ENOSPC),
            "dicom-client: error: output folder out: no space left on device\n"
            "hint: make room, then repeat the command: it goes on where this one stopped\n");
  for (const auto& [limit, told] : {std::pair{EMFILE,
                                              "too many open files\nhint: raise the limit "
                                              "that your shell sets: ulimit -n\n"},
                                    {EFBIG,
                                     "file too large\nhint: raise the limit that your "
                                     "shell sets: ulimit -f\n"}})
    EXPECT_EQ(told_of_folder(Errc::io, static_cast<std::uint32_t>(limit)),
              std::string("dicom-client: error: output folder out: ") + told);
  for (const std::uint32_t no_folder : {std::uint32_t{ENOTDIR}, std::uint32_t{ELOOP}}) {
    EXPECT_EQ(told_of_folder(Errc::io, no_folder),
              "dicom-client: error: output folder out: something that is no folder stands where "
              "one belongs: on this path, or beneath it\n"
              "hint: move it away, or choose another folder with --output\n");
  }
  EXPECT_EQ(told_of_folder(Errc::tree_mismatch),
            "dicom-client: error: output folder out: the folder holds objects made with another "
            "profile, option or key\n"
            "hint: a tree keeps to one of each: choose another folder with --output\n");
  EXPECT_EQ(told_of_folder(Errc::tree_locked),
            "dicom-client: error: output folder out: another dicom-client is writing there\n"
            "hint: wait until it is done, or choose another folder with --output\n");
}

TEST(Messages, TellWhatIsWrongWithTheKey) {
  const auto told_of_key = [](Errc code, std::uint32_t detail = 0) {
    return error_text(
        explain({.code = code, .detail = detail}, {Operation::key, nullptr, "my.key"}));
  };
  EXPECT_EQ(told_of_key(Errc::key_exposed),
            "dicom-client: error: key file my.key: others can read the key, or it is not yours\n"
            "hint: chmod 600 my.key; a key that others have read protects nobody any more\n");
  EXPECT_EQ(told_of_key(Errc::bad_value),
            "dicom-client: error: key file my.key: it is shorter than 16 bytes\n"
            "hint: take random bytes, 32 of them, or another --key-file\n");
  EXPECT_EQ(told_of_key(Errc::io, ENOENT),
            "dicom-client: error: key file my.key: no such file or directory\n"
            "hint: choose another file with --key-file\n");
}

TEST(Messages, TellThatAnInterruptedRetrievalResumes) {
  EXPECT_EQ(told(Operation::get, Errc::interrupted),
            "dicom-client: error: retrieve from PACS at pacs.example.org:11112: interrupted\n"
            "hint: repeat the command: it goes on where this one stopped\n");
  EXPECT_EQ(told(Operation::find, Errc::interrupted),
            "dicom-client: error: search in PACS at pacs.example.org:11112: interrupted\n");
}

TEST(Messages, TellOfAnAnswerThatCannotBeRead) {
  EXPECT_EQ(told(Operation::find, Errc::truncated),
            "dicom-client: error: search in PACS at pacs.example.org:11112: an answer of the "
            "server cannot be read: the data end inside an element\n"
            "hint: the server's log may say more\n");
}

TEST(Messages, EveryCodeHasWordsAndANameOfItsOwn) {
  constexpr std::pair<Errc, Errc> kGroups[] = {{Errc::bad_value, Errc::key_exposed},
                                               {Errc::truncated, Errc::no_pseudonym},
                                               {Errc::io, Errc::ledger},
                                               {Errc::unknown_host, Errc::protocol},
                                               {Errc::interrupted, Errc::internal}};
  std::set<std::string_view> names;
  for (const auto& [first, last] : kGroups) {
    for (auto code = static_cast<std::uint16_t>(first); code <= static_cast<std::uint16_t>(last);
         ++code) {
      const auto errc = static_cast<Errc>(code);
      EXPECT_TRUE(names.insert(code_name(errc)).second) << code;
      for (const auto operation :
           {Operation::echo, Operation::find, Operation::get, Operation::store, Operation::key}) {
        const auto peer = pacs();
        const auto failure = explain({.code = errc}, {operation, &peer, "out"});
        EXPECT_FALSE(failure.what.empty()) << code_name(errc);
        EXPECT_FALSE(failure.why.empty()) << code_name(errc);
      }
    }
  }
}

TEST(Messages, NameEveryStatusInWordsAndHex) {
  EXPECT_EQ(status_words(0xB000), "complete, with failures or warnings (B000)");
  EXPECT_EQ(status_words(0xA700), "refused: out of resources (A700)");
  EXPECT_EQ(status_words(0xA701), "refused: out of resources, cannot count the matches (A701)");
  EXPECT_EQ(status_words(0xA702), "refused: out of resources, cannot send the objects (A702)");
  EXPECT_EQ(status_words(0xA801), "refused: move destination unknown (A801)");
  EXPECT_EQ(status_words(0xA900), "the identifier does not fit the SOP class (A900)");
  EXPECT_EQ(status_words(0xC000), "unable to process (C000)");
  EXPECT_EQ(status_words(0xCFFF), "unable to process (CFFF)");
  EXPECT_EQ(status_words(0xFE00), "cancelled (FE00)");
  EXPECT_EQ(status_words(0x0110), "processing failure (0110)");
  EXPECT_EQ(status_words(0x0122), "refused: SOP class not supported (0122)");
  EXPECT_EQ(status_words(0x0124), "refused: not authorised (0124)");
  EXPECT_EQ(status_words(0x1234), "unknown status (1234)");
}

TEST(Messages, NeverMoveTheCursor) {
  const Failure hostile{ExitCode::usage, "a\x1b[2J", "b\nc",
                        "d\r\xC2\x9B"
                        "e"};
  EXPECT_EQ(error_text(hostile),
            "dicom-client: error: a\uFFFD[2J: b\uFFFDc\nhint: d\uFFFD\uFFFDe\n");
  EXPECT_EQ(warning_text("x\by"), "dicom-client: warning: x\uFFFDy\n");
}

TEST(Messages, FindTheNameThatWasMeant) {
  constexpr std::array<std::string_view, 4> kLevels{"PATIENT", "STUDY", "SERIES", "IMAGE"};
  EXPECT_EQ(nearest("STUDIES", kLevels), "STUDY");
  EXPECT_EQ(nearest("serie", kLevels), "SERIES");
  EXPECT_EQ(nearest("Pat", kLevels), "PATIENT");
  EXPECT_EQ(nearest("imgae", kLevels), "IMAGE");
  EXPECT_EQ(nearest("xyzzy", kLevels), "");
  EXPECT_EQ(nearest("", kLevels), "");
}

TEST(Messages, WriteQuantitiesForPeople) {
  EXPECT_EQ(quantity(1, "study", "studies"), "1 study");
  EXPECT_EQ(quantity(0, "study", "studies"), "0 studies");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1042), "1,042");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(size_words(12), "12 bytes");
  EXPECT_EQ(size_words(526.04e6), "526.0 MB");
  EXPECT_EQ(size_words(999.99e3), "1.0 MB");
}

TEST(Messages, PutAnIpv6AddressInBrackets) {
  auto peer = pacs();
  EXPECT_EQ(name_of(peer), "PACS at pacs.example.org:11112");
  peer.host = "::1";
  EXPECT_EQ(name_of(peer), "PACS at [::1]:11112");
}

}  // namespace
}  // namespace dcm::cli
