drop index paper_notices_by_document;
