-- A photograph is looked for among those of other notices.
create index paper_notices_by_document on paper_notices (document_id);
