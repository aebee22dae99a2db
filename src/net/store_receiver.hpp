// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.hpp"
#include "dicom/object_sink.hpp"
#include "net/dimse.hpp"

namespace dcm::net {

/// Takes one C-STORE request (PS3.7 9.1.1), whichever side opened the association: streams its data
/// set PDV by PDV into `sink` and answers it in the words of PS3.4 B.2.3 - 0000 for stored, C000
/// for refused (a request without a data set too), A700 for stop. Fails with io after
/// Receipt::stop, the association aborted; else as receive_data_set does, the object abandoned.
Result<Receipt> receive_object(Association::Wire& wire, const ReceivedCommand& request,
                               ObjectSink& sink);

}  // namespace dcm::net
