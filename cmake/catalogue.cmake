# Writes ${OUT}: what `${WORKER} --describe` prints, with the SHA-256 of the worker added.
execute_process(COMMAND ${WORKER} --describe OUTPUT_VARIABLE text RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${WORKER} --describe failed")
endif()
file(SHA256 ${WORKER} hash)
string(JSON text SET "${text}" worker_sha256 "\"${hash}\"")
file(WRITE ${OUT} "${text}\n")
