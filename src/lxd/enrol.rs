//! Enrolment: has LXD trust our own certificate.
